//! The state that a subscriber needs only until it starts or resumes.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use super::gap::Gap;
use crate::backplane::Lookup;
use crate::follow::look_up;
use crate::gap_reason::GapReason;
use crate::log::{Hub, WaiterId};
use crate::node::Node;
use crate::position::{Epoch, Position};
use crate::topic_set::TopicList;

/// A lookup of a position in the backplane.
type LookingUp = Pin<Box<dyn Future<Output = Lookup> + Send>>;

/// The state of a subscriber that has not started yet, that resumes in another generation of the
/// log, or that waits for a snapshot.
#[derive(Default)]
pub(super) struct PendingStart {
    pub(super) topics: TopicList,
    /// Number of recent events of each topic with which a new subscription starts.
    pub(super) history: usize,
    /// The event id after which the subscriber resumes: the `Last-Event-ID` of the client, or the
    /// position that the application set. `None` for a new subscription.
    pub(super) requested: Option<String>,
    /// The end of the log when the subscriber was opened, or `None` if the log was not open yet.
    pub(super) opened_at: Option<Position>,
    pub(super) waiter: Option<WaiterId>,
    /// The lookup of the position at which the subscriber resumes.
    pub(super) looking_up: Option<LookingUp>,
    pub(super) found: Option<Lookup>,
    /// The gap that a snapshot must follow.
    pub(super) gap: Option<Gap>,
}

impl PendingStart {
    /// Records the end of the log, where a new subscription without history starts. Records
    /// nothing if the hub is not open. Called when the response is opened and not at the first
    /// poll, so that no event in between is missed: a client may cause one as soon as it receives
    /// the response head.
    pub(super) fn open_at_end(&mut self, hub: &Hub) {
        let epoch = hub.epoch().filter(|_| hub.is_open());
        self.opened_at = epoch.map(|epoch| Position { epoch, sequence: hub.committed() });
    }

    /// Returns the id at which a subscriber without history was opened, if the log has begun this
    /// epoch since then. The subscriber then resumes at that id.
    pub(super) fn opened_before(&self, epoch: Epoch) -> Option<String> {
        let opened_at = self.opened_at.filter(|opened_at| opened_at.epoch != epoch)?;
        (self.history == 0).then(|| opened_at.id().to_string())
    }

    /// Returns the sequence after which a subscriber without history starts in this epoch, and the
    /// upper bound of this sequence for a subscriber with history.
    pub(super) fn end(&self, epoch: Epoch, hub: &Hub) -> u64 {
        let opened_at = self.opened_at.filter(|opened_at| opened_at.epoch == epoch);
        opened_at.map_or_else(|| hub.committed(), |opened_at| opened_at.sequence)
    }

    /// Waits until the epoch of the log is known and is not `beside`. Returns the epoch.
    pub(super) fn poll_epoch(
        &mut self,
        beside: Option<Epoch>,
        hub: &Hub,
        cx: &mut Context<'_>,
    ) -> Poll<Epoch> {
        self.poll_hub(|hub| hub.epoch().filter(|epoch| Some(*epoch) != beside), hub, cx)
    }

    /// Waits until the hub is open. Before that, the log does not have the events with which a new
    /// subscriber begins, and the end of a gap is not known.
    pub(super) fn poll_open(&mut self, hub: &Hub, cx: &mut Context<'_>) -> Poll<()> {
        self.poll_hub(|hub| hub.is_open().then_some(()), hub, cx)
    }

    /// Waits until `find` returns a value for the hub.
    fn poll_hub<T>(
        &mut self,
        find: impl Fn(&Hub) -> Option<T>,
        hub: &Hub,
        cx: &mut Context<'_>,
    ) -> Poll<T> {
        loop {
            if let Some(found) = find(hub) {
                return Poll::Ready(found);
            }
            let waiter = *self.waiter.get_or_insert_with(|| hub.opened.join());
            if hub.opened.wait(waiter, cx.waker(), || find(hub).is_some()) {
                return Poll::Pending;
            }
        }
    }

    /// Checks whether the subscriber can resume at the position `asked` while the log is in
    /// `epoch`. Returns the reason if it cannot, or `None` if the position is in the log's past.
    pub(super) fn poll_past(
        &mut self,
        asked: Position,
        epoch: Epoch,
        node: &Arc<Node>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<GapReason>> {
        // This node has followed the log up to this position.
        if asked.epoch == epoch && asked.sequence <= node.hub.committed() {
            return Poll::Ready(None);
        }
        let found = match (&node.backplane, self.found.filter(|found| found.epoch == epoch)) {
            (None, _) => Lookup { epoch, is_past: false },
            (_, Some(found)) => found,
            (Some(backplane), None) => {
                let (node, backplane) = (Arc::clone(node), Arc::clone(backplane));
                let ask = || -> LookingUp { Box::pin(look_up(node, backplane, asked)) };
                let found = ready!(self.looking_up.get_or_insert_with(ask).as_mut().poll(cx));
                self.looking_up = None;
                found
            }
        };
        self.found = Some(found);
        Poll::Ready(match found.is_past {
            true => None,
            false if asked.epoch == found.epoch => Some(GapReason::Unknown),
            false => Some(GapReason::Epoch),
        })
    }

    /// Stops waiting, and releases the waiter id.
    pub(super) fn leave(self, hub: &Hub) {
        if let Some(waiter) = self.waiter {
            hub.opened.leave(waiter);
        }
    }
}
