//! What a subscriber begins with, until it is where it goes on from.

use std::task::{Context, Poll};

use super::gap::Gap;
use crate::log::{Hub, Seat};
use crate::position::Epoch;
use crate::topic_set::Wanted;

/// What a subscriber begins with.
#[derive(Debug, Default)]
pub(super) struct Start {
    pub(super) topics: Wanted,
    pub(super) history: usize,
    pub(super) requested: Option<String>,
    pub(super) seat: Option<Seat>,
    pub(super) gap: Option<Gap>,
}

impl Start {
    /// Waits until the epoch is known.
    pub(super) fn poll_epoch(&mut self, hub: &Hub, cx: &mut Context<'_>) -> Poll<Epoch> {
        loop {
            if let Some(epoch) = hub.epoch() {
                return Poll::Ready(epoch);
            }
            let seat = *self.seat.get_or_insert_with(|| hub.opened.join());
            if hub.opened.wait(seat, cx.waker(), || hub.epoch().is_some()) {
                return Poll::Pending;
            }
        }
    }

    /// Gives its seat back.
    pub(super) fn leave(self, hub: &Hub) {
        if let Some(seat) = self.seat {
            hub.opened.leave(seat);
        }
    }
}
