//! The wakers of tasks that wait for new events.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::task::Waker;

/// Identifies a task among the waiters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct WaiterId(usize);

/// The slot of a task that does not wait.
const NOT_WAITING: u32 = u32::MAX;

/// The tasks that wait for new events. Registering and waking tasks allocates memory only while the
/// number of tasks grows.
#[derive(Debug, Default)]
pub(crate) struct Waiters(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    waiting: Vec<(WaiterId, Waker)>,
    /// The index in `waiting` of each id, or [`NOT_WAITING`].
    slots: Vec<u32>,
    free: Vec<WaiterId>,
    /// An empty list with its capacity kept, swapped with `waiting` on each wake.
    spare: Vec<(WaiterId, Waker)>,
}

impl Waiters {
    /// Assigns an id to a task. The task releases it with [`leave`](Self::leave).
    pub(crate) fn join(&self) -> WaiterId {
        let mut state = self.lock();
        state.free.pop().unwrap_or_else(|| {
            state.slots.push(NOT_WAITING);
            WaiterId(state.slots.len() - 1)
        })
    }

    /// Releases the id, and removes the waker of its task.
    pub(crate) fn leave(&self, id: WaiterId) {
        let mut state = self.lock();
        state.stop_waiting(id);
        state.free.push(id);
        if state.free.len() == state.slots.len() {
            // No task is left. Frees the memory that a large number of tasks needed.
            *state = State::default();
        }
    }

    /// Registers the waker of a task, unless `has_news` returns `true`. Calls `has_news` under the
    /// lock, so that no event is missed. Returns whether the waker is registered.
    pub(crate) fn wait(
        &self,
        id: WaiterId,
        waker: &Waker,
        has_news: impl FnOnce() -> bool,
    ) -> bool {
        let mut state = self.lock();
        if has_news() {
            return false;
        }
        let state = &mut *state;
        let Some(slot) = state.slots.get_mut(id.0) else {
            return false;
        };
        if let Some((_, waiting)) = state.waiting.get_mut(index_of(*slot)) {
            waiting.clone_from(waker);
        } else {
            *slot = u32::try_from(state.waiting.len()).unwrap_or(NOT_WAITING);
            state.waiting.push((id, waker.clone()));
        }
        true
    }

    /// Removes the waker of the task with this id, if it is registered.
    pub(crate) fn stop(&self, id: WaiterId) {
        self.lock().stop_waiting(id);
    }

    /// Wakes all waiting tasks. The new event must be visible to `has_news` before this call.
    pub(crate) fn wake(&self) {
        let mut state = self.lock();
        if state.waiting.is_empty() {
            return;
        }
        let spare = std::mem::take(&mut state.spare);
        let mut woken = std::mem::replace(&mut state.waiting, spare);
        for (id, _) in &woken {
            if let Some(slot) = state.slots.get_mut(id.0) {
                *slot = NOT_WAITING;
            }
        }
        drop(state);
        woken.drain(..).for_each(|(_, waker)| waker.wake());
        self.lock().spare = woken;
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    /// Removes the waker of the task with this id, if it is registered.
    fn stop_waiting(&mut self, id: WaiterId) {
        let Some(slot) = self.slots.get_mut(id.0) else {
            return;
        };
        let slot = std::mem::replace(slot, NOT_WAITING);
        let index = index_of(slot);
        if index >= self.waiting.len() {
            return;
        }
        self.waiting.swap_remove(index);
        if let Some((moved, _)) = self.waiting.get(index)
            && let Some(moved) = self.slots.get_mut(moved.0)
        {
            *moved = slot;
        }
    }
}

/// Returns the index that a slot holds. The index of [`NOT_WAITING`] is out of bounds.
fn index_of(slot: u32) -> usize {
    usize::try_from(slot).unwrap_or(usize::MAX)
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::task::Wake;

    use super::*;

    #[derive(Default)]
    struct Count(AtomicUsize);

    impl Wake for Count {
        fn wake(self: Arc<Self>) {
            self.0.fetch_add(1, Ordering::Relaxed);
        }
    }

    #[test]
    fn each_task_is_woken_once_and_a_task_that_left_is_not_woken() {
        let waiters = Waiters::default();
        let counts: Vec<_> = (0..5).map(|_| Arc::new(Count::default())).collect();
        let ids: Vec<_> = counts.iter().map(|_| waiters.join()).collect();
        for (id, count) in ids.iter().zip(&counts) {
            assert!(waiters.wait(*id, &Waker::from(Arc::clone(count)), || false));
            assert!(waiters.wait(*id, &Waker::from(Arc::clone(count)), || false));
        }
        waiters.leave(ids[0]);
        waiters.leave(ids[3]);
        waiters.wake();
        waiters.wake();
        let woken: Vec<_> = counts.iter().map(|count| count.0.load(Ordering::Relaxed)).collect();
        assert_eq!(woken, [0, 1, 1, 0, 1]);
        assert!(counts.iter().all(|count| Arc::strong_count(count) == 1));
        assert_eq!(waiters.join(), ids[3], "a released id is reused");
    }

    #[test]
    fn a_task_does_not_wait_if_a_new_event_is_there() {
        let waiters = Waiters::default();
        let id = waiters.join();
        assert!(!waiters.wait(id, Waker::noop(), || true));
        assert!(waiters.lock().waiting.is_empty());
    }
}
