//! What a subscriber begins with, until it is where it goes on from.

use std::task::{Context, Poll};

use super::gap::Gap;
use crate::log::{Hub, WaiterId};
use crate::position::Epoch;
use crate::topic_set::TopicList;

/// What a subscriber begins with.
#[derive(Debug, Default)]
pub(super) struct PendingStart {
    pub(super) topics: TopicList,
    pub(super) history: usize,
    pub(super) requested: Option<String>,
    pub(super) waiter: Option<WaiterId>,
    pub(super) gap: Option<Gap>,
}

impl PendingStart {
    /// Waits until the epoch is known.
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

    /// Gives its waiter back.
    pub(super) fn leave(self, hub: &Hub) {
        if let Some(waiter) = self.waiter {
            hub.opened.leave(waiter);
        }
    }
}
