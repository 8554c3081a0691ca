//! Observation of a handler by its test.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};

use super::eventually;

/// Counts what a handler does.
#[derive(Debug, Default)]
pub(crate) struct Probe {
    started: AtomicUsize,
    polled: AtomicUsize,
    passed: AtomicUsize,
    dropped: AtomicUsize,
}

/// Lives in an application's stream, and counts when that is dropped.
#[derive(Debug)]
pub(crate) struct Guard(Arc<Probe>);

impl Probe {
    pub(crate) fn new() -> Arc<Self> {
        Arc::default()
    }

    /// Creates a guard for a stream that starts.
    pub(crate) fn guard(self: &Arc<Self>) -> Guard {
        self.started.fetch_add(1, SeqCst);
        Guard(Arc::clone(self))
    }

    /// Counts a poll of the source.
    pub(crate) fn poll(&self) {
        self.polled.fetch_add(1, SeqCst);
    }

    /// Counts a run of the code after the await.
    pub(crate) fn pass(&self) {
        self.passed.fetch_add(1, SeqCst);
    }

    pub(crate) fn started(&self) -> usize {
        self.started.load(SeqCst)
    }

    pub(crate) fn polled(&self) -> usize {
        self.polled.load(SeqCst)
    }

    pub(crate) fn passed(&self) -> usize {
        self.passed.load(SeqCst)
    }

    pub(crate) fn dropped(&self) -> usize {
        self.dropped.load(SeqCst)
    }

    /// Waits until this many streams were dropped.
    pub(crate) async fn until_dropped(&self, count: usize) {
        eventually(|| self.dropped() == count).await;
    }
}

impl Drop for Guard {
    fn drop(&mut self) {
        self.0.dropped.fetch_add(1, SeqCst);
    }
}
