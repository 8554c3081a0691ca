//! Owns what all topics of one process share: the log, and the engine behind it if there is one.

use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use tokio::task::JoinHandle;

use crate::backplane::Backplane;
use crate::gap_reason::GapReason;
use crate::history::History;
use crate::log::Hub;
use crate::meter::TopicMeter;
use crate::outruns::Outruns;

/// What all topics of one process share.
#[derive(Debug)]
pub(crate) struct Node {
    pub(crate) hub: Hub,
    pub(crate) max_event_bytes: usize,
    /// With how many events of the engine the log begins.
    pub(crate) preload_events: u64,
    pub(crate) backplane: Option<Arc<dyn Backplane>>,
    /// What was read from the engine behind the log.
    pub(crate) history: History,
    /// The task that follows the engine.
    pub(crate) follower: Mutex<Option<JoinHandle<()>>>,
    /// When a burst was last warned of.
    pub(crate) outruns: Outruns,
    /// Who counts, if anybody.
    pub(crate) meter: OnceLock<Arc<dyn TopicMeter>>,
}

impl Node {
    /// A number that no client can have a higher one than.
    pub(crate) fn newest(&self) -> u64 {
        match self.backplane {
            // Another node may have been faster than this one.
            Some(_) => u64::MAX,
            None => self.hub.committed(),
        }
    }

    /// An event has its number.
    pub(crate) fn published(&self) {
        if let Some(meter) = self.meter.get() {
            meter.published();
        }
    }

    /// A subscriber is told that it does not get all.
    pub(crate) fn gapped(&self, reason: GapReason) {
        if let Some(meter) = self.meter.get() {
            meter.gapped(reason);
        }
    }

    /// So many events were there when a subscriber was ready for more.
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
        let follower = self.follower.get_mut().unwrap_or_else(PoisonError::into_inner);
        if let Some(task) = follower.take() {
            task.abort();
        }
    }
}
