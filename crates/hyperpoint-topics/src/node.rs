//! [`Node`], the state that all topics of one node share: the log, and the backplane if there is
//! one.

use std::sync::atomic::AtomicBool;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use hyperpoint_sse::stream::StreamScope;
use tokio::runtime::Handle;
use tokio::task::JoinHandle;

use crate::backplane::{Backplane, BackplaneError};
use crate::burst_warnings::BurstWarnings;
use crate::deletion::Deletion;
use crate::gap_reason::GapReason;
use crate::history::History;
use crate::log::Hub;
use crate::meter::TopicMeter;
use crate::position::Epoch;

/// The state that all topics of one node share.
#[derive(Debug)]
pub(crate) struct Node {
    pub(crate) hub: Hub,
    /// The default scope of responses that are sent without a host.
    pub(crate) scope: StreamScope,
    /// Maximum encoded size of an event, in bytes.
    pub(crate) max_event_bytes: usize,
    /// Number of the backplane's newest events that the log loads at the start.
    pub(crate) preload_events: u64,
    pub(crate) backplane: Option<Arc<dyn Backplane>>,
    /// The cache of pages with events older than the log, read from the backplane.
    pub(crate) history: History,
    /// The cache of pages with the newest event of each key, read from the backplane. The name of a
    /// list of pages is the maximum number of keys, a space, and the name of the topic.
    pub(crate) keys: History,
    /// Whether the backplane has reported that it does not keep the newest event of each key.
    pub(crate) keeps_no_keys: AtomicBool,
    /// The task that follows the backplane.
    pub(crate) follower: Mutex<Option<Follower>>,
    /// The task that reports the counts of the backplane's log to the meter.
    pub(crate) counting: Mutex<Option<JoinHandle<()>>>,
    /// The rate-limited warnings about bursts.
    pub(crate) burst_warnings: BurstWarnings,
    /// The receiver of metrics, if any.
    pub(crate) meter: OnceLock<Arc<dyn TopicMeter>>,
}

/// The task that follows the backplane.
#[derive(Debug)]
pub(crate) struct Follower {
    pub(crate) task: JoinHandle<()>,
    /// The runtime in which the task runs.
    pub(crate) runtime: Handle,
}

impl Node {
    /// Deletes events of a topic from the in-memory log and the page caches. Returns the number of
    /// events deleted from the in-memory log.
    pub(crate) fn delete(&self, topic: &str, which: Deletion) -> u64 {
        self.history.delete(topic, which);
        self.keys.delete(topic, which);
        self.hub.delete(topic, which)
    }

    /// Deletes events of a topic from the in-memory log and the page caches, after the backplane
    /// has deleted them. Does nothing if the log has begun another generation than `epoch` in the
    /// meantime.
    pub(crate) fn delete_stored(&self, topic: &str, which: Deletion, epoch: Epoch) {
        if self.hub.delete_stored(topic, which, epoch) {
            self.history.delete(topic, which);
            self.keys.delete(topic, which);
        }
    }

    /// Counts a published event.
    pub(crate) fn published(&self) {
        if let Some(meter) = self.meter.get() {
            meter.published();
        }
    }

    /// Counts a gap that was reported to a subscriber.
    pub(crate) fn gapped(&self, reason: GapReason) {
        if let Some(meter) = self.meter.get() {
            meter.gapped(reason);
        }
    }

    /// Counts an error of the backplane, unless the backplane rejected an event as too large.
    pub(crate) fn failed(&self, error: &BackplaneError) {
        if let Some(meter) = self.meter.get()
            && !error.is_too_large()
        {
            meter.failed(error.kind());
        }
    }

    /// Records the number of events in a frame of a subscriber, if it is more than one.
    #[inline]
    pub(crate) fn lagged(&self, events: u32) {
        if events > 1
            && let Some(meter) = self.meter.get()
        {
            meter.lagged(events);
        }
    }
}

impl Drop for Node {
    fn drop(&mut self) {
        let follower = self.follower.get_mut().unwrap_or_else(PoisonError::into_inner).take();
        let counting = self.counting.get_mut().unwrap_or_else(PoisonError::into_inner).take();
        for task in follower.map(|follower| follower.task).into_iter().chain(counting) {
            task.abort();
        }
    }
}
