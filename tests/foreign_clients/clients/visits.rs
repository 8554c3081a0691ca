//! The host's record of each connection of a client.

use std::sync::{Mutex, PoisonError};

use hyperpoint::http::{Version, request};
use tokio::time::Instant;

/// One request and the stream that answered it.
#[derive(Debug, Clone)]
pub(super) struct Visit {
    pub(super) version: Version,
    pub(super) last_event_id: Option<String>,
    pub(super) begin: Instant,
    /// When the last event was handed over.
    pub(super) end: Option<Instant>,
}

/// All visits, in order.
#[derive(Debug, Default)]
pub(super) struct Visits(Mutex<Vec<Visit>>);

impl Visits {
    /// Records a request, and returns the number of requests before it.
    pub(super) fn begin(&self, request: &request::Parts, last_event_id: Option<&str>) -> usize {
        let last_event_id = last_event_id.map(str::to_owned);
        let (version, begin) = (request.version, Instant::now());
        let mut visits = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        visits.push(Visit { version, last_event_id, begin, end: None });
        visits.len() - 1
    }

    pub(super) fn end(&self, index: usize) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)[index].end = Some(Instant::now());
    }

    pub(super) fn all(&self) -> Vec<Visit> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}
