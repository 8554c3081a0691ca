//! The outlets of parked streams. A writer task sends new events to them, without waking the tasks
//! of the streams.

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use hyperpoint_sse::stream::Outlet;
use tokio::runtime::{Handle, Id};
use tokio::sync::Notify;

use crate::position::Epoch;

/// Number of outlets that the smallest group of a topic must have before the topic gets another
/// group. A topic has at most one group for each worker thread of a runtime.
const GROUP_OUTLETS: usize = 64;

/// The outlets of one topic, in groups. One task writes to each group.
#[derive(Debug, Default)]
pub(crate) struct Outlets(Mutex<Vec<Arc<OutletGroup>>>);

impl Outlets {
    /// Returns the group that a new outlet joins. The writer of the group runs on `runtime`, so
    /// that a runtime that is blocked or not driven delays only its own streams.
    pub(crate) fn group(&self, runtime: &Handle) -> Arc<OutletGroup> {
        let (id, limit) = (runtime.id(), runtime.metrics().num_workers());
        let mut groups = self.lock();
        let own = || groups.iter().filter(|group| group.runtime == id);
        let smallest = own().min_by_key(|group| group.len());
        if let Some(group) = smallest
            && (group.len() < GROUP_OUTLETS || own().count() >= limit)
        {
            return Arc::clone(group);
        }
        // Removes groups that have neither outlets nor a writer, such as groups of a runtime that
        // was shut down.
        groups.retain(|group| Arc::strong_count(group) > 1);
        let group = Arc::new(OutletGroup::new(id));
        groups.push(Arc::clone(&group));
        group
    }

    /// Wakes the writers of all groups. The new event must be visible to them before this call.
    pub(crate) fn wake(&self) {
        let groups = self.lock();
        groups.iter().for_each(|group| group.news.notify_one());
        let has_outlets = groups.iter().any(|group| group.len() > 0);
        drop(groups);
        if has_outlets {
            displace_last_woken();
        }
    }

    fn lock(&self) -> MutexGuard<'_, Vec<Arc<OutletGroup>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Lets other worker threads run the task that was woken last. tokio keeps this task in the LIFO
/// slot of the thread that woke it, where it would wait until the publishing task yields. An empty
/// task takes over the slot.
fn displace_last_woken() {
    if let Ok(runtime) = Handle::try_current()
        && runtime.metrics().num_workers() > 1
    {
        drop(runtime.spawn(async {}));
    }
}

/// A group of outlets to which one task writes.
#[derive(Debug)]
pub(crate) struct OutletGroup {
    runtime: Id,
    state: Mutex<State>,
    /// The number of outlets.
    count: AtomicUsize,
    news: Notify,
}

#[derive(Default)]
struct State {
    /// The outlets. Each keeps its index until it is removed, so that a writer that iterates over
    /// the indexes skips no outlet.
    slots: Vec<Option<Slot>>,
    /// The indexes of the free slots. The last slot is never free.
    free: BTreeSet<u32>,
    last_ticket: u32,
    /// Whether a task writes to the outlets.
    has_writer: bool,
}

struct Slot {
    outlet: Arc<dyn Outlet>,
    epoch: Epoch,
    ticket: u32,
}

/// The registration of an outlet in its group. Dropping it removes the outlet, unless the writer
/// has removed it already.
#[derive(Debug)]
pub(crate) struct Place {
    group: Arc<OutletGroup>,
    index: u32,
    /// Distinguishes the outlet from earlier and later outlets with the same index.
    ticket: u32,
}

impl Place {
    pub(crate) fn group(&self) -> &Arc<OutletGroup> {
        &self.group
    }

    /// Sets the epoch of the outlet. Returns `false` if the outlet was removed.
    pub(crate) fn renew(&self, epoch: Epoch) -> bool {
        let mut state = self.group.lock();
        let slot = state.slot(self.index).and_then(Option::as_mut);
        let slot = slot.filter(|slot| slot.ticket == self.ticket);
        slot.map(|slot| slot.epoch = epoch).is_some()
    }
}

impl Drop for Place {
    /// Removes the outlet, unless the writer has removed it already.
    fn drop(&mut self) {
        let mut state = self.group.lock();
        let slot = state.slot(self.index).and_then(Option::as_mut);
        let is_own = slot.is_some_and(|slot| slot.ticket == self.ticket);
        let own = is_own.then(|| self.group.remove(&mut state, self.index));
        // Drops the outlet after the lock is released.
        drop(state);
        drop(own);
    }
}

impl OutletGroup {
    fn new(runtime: Id) -> Self {
        let (state, count, news) = Default::default();
        Self { runtime, state, count, news }
    }

    /// Returns the number of outlets.
    fn len(&self) -> usize {
        self.count.load(Ordering::Relaxed)
    }

    /// Adds an outlet whose stream is in this epoch. Returns its registration.
    pub(crate) fn join(self: &Arc<Self>, outlet: Arc<dyn Outlet>, epoch: Epoch) -> Place {
        let mut state = self.lock();
        state.last_ticket = state.last_ticket.wrapping_add(1);
        let ticket = state.last_ticket;
        let index = state.free.pop_first().unwrap_or_else(|| {
            state.slots.push(None);
            u32::try_from(state.slots.len() - 1).unwrap_or(u32::MAX)
        });
        if let Some(slot) = state.slot(index) {
            *slot = Some(Slot { outlet, epoch, ticket });
        }
        self.count.fetch_add(1, Ordering::Relaxed);
        drop(state);
        Place { group: Arc::clone(self), index, ticket }
    }

    /// Marks the group as having a writer. Returns `true` if it had none: the caller must then
    /// start one.
    pub(crate) fn claim(&self) -> bool {
        !std::mem::replace(&mut self.lock().has_writer, true)
    }

    /// Waits until there may be a new event, or until the last outlet was removed.
    pub(crate) async fn news(&self) {
        self.news.notified().await;
    }

    /// Marks the group as having no writer if no outlet is left. Returns `true` in this case: the
    /// writer must then end.
    pub(crate) fn ends(&self) -> bool {
        let mut state = self.lock();
        let is_empty = self.len() == 0;
        if is_empty {
            *state = State { last_ticket: state.last_ticket, ..State::default() };
        }
        is_empty
    }

    /// Marks the group as having no writer, and wakes the tasks of all streams.
    pub(crate) fn abandon(&self) {
        let mut state = self.lock();
        state.has_writer = false;
        state.slots.iter().flatten().for_each(|slot| slot.outlet.wake());
    }

    /// Calls `write` with each outlet from `index` on, and advances `index` past them. `write`
    /// returns whether the outlet stays in the group, and its cost in addition to 1, the cost of
    /// each slot. Stops when the total cost reaches `limit`, so that no task waits long for the
    /// lock. Returns the total cost, or `None` if no outlet is left.
    pub(crate) fn each(
        &self,
        index: &mut usize,
        limit: usize,
        mut write: impl FnMut(&dyn Outlet, Epoch) -> (bool, usize),
    ) -> Option<usize> {
        let mut state = self.lock();
        let mut cost = 0;
        while cost < limit {
            let slot = state.slots.get(*index)?.as_ref();
            let written = slot.map(|slot| write(&*slot.outlet, slot.epoch));
            let (stays, more) = written.unwrap_or((true, 0));
            cost += 1 + more;
            if !stays {
                self.remove(&mut state, u32::try_from(*index).unwrap_or(u32::MAX));
            }
            *index += 1;
        }
        (*index < state.slots.len()).then_some(cost)
    }

    /// Removes the outlet with this index and the free slots at the end. Returns the removed slot.
    fn remove(&self, state: &mut State, index: u32) -> Option<Slot> {
        let removed = state.slot(index)?.take()?;
        state.free.insert(index);
        while state.slots.pop_if(|last| last.is_none()).is_some() {
            state.free.pop_last();
        }
        if self.count.fetch_sub(1, Ordering::Relaxed) == 1 {
            // Wakes the writer, which then ends.
            self.news.notify_one();
        }
        Some(removed)
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn slot(&mut self, index: u32) -> Option<&mut Option<Slot>> {
        self.slots.get_mut(usize::try_from(index).ok()?)
    }
}

impl std::fmt::Debug for State {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("State").field("free", &self.free).finish_non_exhaustive()
    }
}
