//! What a body is called by that does not poll everything each time.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Wake, Waker};

/// A flag that wakes who listens.
#[derive(Debug, Default)]
pub(crate) struct Bell {
    has_rung: AtomicBool,
    waker: Mutex<Option<Waker>>,
}

impl Bell {
    /// Whether it rang since it was asked last.
    pub(crate) fn take_ring(&self) -> bool {
        self.has_rung.load(Ordering::Acquire) && self.has_rung.swap(false, Ordering::Acquire)
    }

    /// Has this waker be woken by the bell.
    pub(crate) fn listen(&self, waker: &Waker) {
        *self.lock() = Some(waker.clone());
    }

    /// Wakes nobody any more, so that no task lives on for it.
    pub(crate) fn silence(&self) {
        *self.lock() = None;
    }

    pub(crate) fn ring(&self) {
        self.mark();
        self.wake_listener();
    }

    /// Rings, as far as one who looks can tell.
    pub(super) fn mark(&self) {
        self.has_rung.store(true, Ordering::Release);
    }

    /// Wakes who listens.
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
