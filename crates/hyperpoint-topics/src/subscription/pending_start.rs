//! Owns the state of a subscriber that is needed only until it starts or resumes.

use std::task::{Context, Poll};

use super::gap::Gap;
use crate::log::{Hub, WaiterId};
use crate::position::Epoch;
use crate::topic_set::TopicList;

/// The options and the wait of a subscriber that has not started yet, or that waits for a snapshot.
#[derive(Debug, Default)]
pub(super) struct PendingStart {
    pub(super) topics: TopicList,
    /// How many recent events of each topic a new subscription starts with.
    pub(super) history: usize,
    /// The `Last-Event-ID` of the client.
    pub(super) requested: Option<String>,
    pub(super) waiter: Option<WaiterId>,
    /// The gap that a snapshot must follow.
    pub(super) gap: Option<Gap>,
}

impl PendingStart {
    /// Waits until the epoch of the log is known.
    pub(super) fn poll_epoch(&mut self, hub: &Hub, cx: &mut Context<'_>) -> Poll<Epoch> {
        loop {
            if let Some(epoch) = hub.epoch() {
                return Poll::Ready(epoch);
            }
            let waiter = *self.waiter.get_or_insert_with(|| hub.opened.join());
            if hub.opened.wait(waiter, cx.waker(), || hub.epoch().is_some()) {
                return Poll::Pending;
            }
        }
    }

    /// Stops waiting, and releases the waiter id.
    pub(super) fn leave(self, hub: &Hub) {
        if let Some(waiter) = self.waiter {
            hub.opened.leave(waiter);
        }
    }
}
