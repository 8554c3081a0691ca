//! A flag that wakes a task when it is set. With a separate flag as the waker of each of several
//! futures, a task polls only the futures that were woken.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Wake, Waker};

/// A flag that wakes one listening task when it is set.
#[derive(Debug, Default)]
pub(super) struct Bell {
    has_rung: AtomicBool,
    waker: Mutex<Option<Waker>>,
}

impl Bell {
    /// Creates a bell whose flag is set, so that the first check finds it set.
    pub(super) fn rung() -> Arc<Self> {
        Arc::new(Self { has_rung: AtomicBool::new(true), ..Self::default() })
    }

    /// Returns whether the flag is set, and clears it.
    pub(super) fn take_ring(&self) -> bool {
        self.has_rung.load(Ordering::Acquire) && self.has_rung.swap(false, Ordering::Acquire)
    }

    /// Sets the waker of the listener, which [`ring`](Self::ring) wakes.
    pub(super) fn listen(&self, waker: &Waker) {
        *self.lock() = Some(waker.clone());
    }

    /// Removes the waker of the listener, so that the bell does not keep the listening task in
    /// memory.
    pub(super) fn silence(&self) {
        *self.lock() = None;
    }

    /// Sets the flag and wakes the listener.
    pub(super) fn ring(&self) {
        self.mark();
        self.wake_listener();
    }

    /// Sets the flag without waking the listener.
    pub(super) fn mark(&self) {
        self.has_rung.store(true, Ordering::Release);
    }

    /// Wakes the listener, if there is one.
    pub(super) fn wake_listener(&self) {
        if let Some(waker) = &*self.lock() {
            waker.wake_by_ref();
        }
    }

    fn lock(&self) -> MutexGuard<'_, Option<Waker>> {
        self.waker.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Wake for Bell {
    fn wake(self: Arc<Self>) {
        self.ring();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        self.ring();
    }
}
