//! What a handler did, seen from its test.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};

use crate::wire::eventually;

/// Counts what a handler does.
#[derive(Debug, Default)]
pub(super) struct Probe {
    started: AtomicUsize,
    polled: AtomicUsize,
    passed: AtomicUsize,
    dropped: AtomicUsize,
}

/// Lives in a user's stream, and tells when that is dropped.
#[derive(Debug)]
pub(super) struct Guard(Arc<Probe>);

impl Probe {
    pub(super) fn new() -> Arc<Self> {
        Arc::default()
    }

    /// A guard for a stream that starts.
    pub(super) fn guard(self: &Arc<Self>) -> Guard {
        self.started.fetch_add(1, SeqCst);
        Guard(Arc::clone(self))
    }

    /// The source was polled.
    pub(super) fn poll(&self) {
        self.polled.fetch_add(1, SeqCst);
    }

    /// The code behind the await ran.
    pub(super) fn pass(&self) {
        self.passed.fetch_add(1, SeqCst);
    }

    pub(super) fn started(&self) -> usize {
        self.started.load(SeqCst)
    }

    pub(super) fn polled(&self) -> usize {
        self.polled.load(SeqCst)
    }

    pub(super) fn passed(&self) -> usize {
        self.passed.load(SeqCst)
    }

    pub(super) fn dropped(&self) -> usize {
        self.dropped.load(SeqCst)
    }

    /// Waits until this many streams were dropped.
    pub(super) async fn until_dropped(&self, count: usize) {
        eventually(|| self.dropped() == count).await;
    }
}

impl Drop for Guard {
    fn drop(&mut self) {
        self.0.dropped.fetch_add(1, SeqCst);
    }
}
