//! The lists of subscribers that wait for a page. A list contains each subscriber at most once,
//! however often it is polled, and holds only a weak reference to it.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::task::Waker;

/// The list length at which entries of dropped subscribers are first removed.
const SEARCHED: usize = 64;

/// The registration of one subscriber that waits for a page: its waker, and the lists that contain
/// it. Lists hold weak references, and skip a registration that was dropped.
#[derive(Debug, Default)]
pub(crate) struct Seat {
    waker: Mutex<Option<Waker>>,
    /// Whether a list of subscribers that wait for a page being read contains this registration.
    is_at_page: AtomicBool,
    /// Whether the queue of subscribers that wait for free cache capacity contains this
    /// registration.
    is_in_line: AtomicBool,
}

/// A list of waiting subscribers, of one of two kinds: for a page that is being read, or for free
/// cache capacity.
#[derive(Debug)]
pub(crate) struct Seats {
    kind: fn(&Seat) -> &AtomicBool,
    listed: VecDeque<Weak<Seat>>,
    searched: usize,
}

impl Seats {
    /// Creates an empty list of subscribers that wait for a page that is being read.
    pub(crate) fn at_page() -> Self {
        Self { kind: |seat| &seat.is_at_page, listed: VecDeque::new(), searched: SEARCHED }
    }

    /// Creates an empty queue of subscribers that wait for free cache capacity.
    pub(crate) fn in_line() -> Self {
        Self { kind: |seat| &seat.is_in_line, ..Self::at_page() }
    }

    /// Sets the waker of a seat, and adds the seat unless the list contains it.
    pub(crate) fn add(&mut self, seat: &Arc<Seat>, waker: &Waker) {
        seat.waker().get_or_insert_with(|| waker.clone()).clone_from(waker);
        if (self.kind)(seat).swap(true, Ordering::AcqRel) {
            return;
        }
        self.listed.push_back(Arc::downgrade(seat));
        if self.listed.len() > self.searched {
            self.listed.retain(|seat| seat.strong_count() > 0);
            self.searched = SEARCHED.max(2 * self.listed.len());
        }
    }

    /// Removes up to `count` seats from the list, the oldest first, and returns their wakers.
    pub(crate) fn take(&mut self, count: usize) -> Vec<Waker> {
        let mut wakers = Vec::new();
        while wakers.len() < count {
            let Some(seat) = self.listed.pop_front() else { break };
            let Some(seat) = seat.upgrade() else { continue };
            (self.kind)(&seat).store(false, Ordering::Release);
            wakers.extend(seat.waker().clone());
        }
        wakers
    }

    #[cfg(test)]
    pub(crate) fn len(&self) -> usize {
        self.listed.len()
    }
}

impl Seat {
    fn waker(&self) -> MutexGuard<'_, Option<Waker>> {
        self.waker.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
