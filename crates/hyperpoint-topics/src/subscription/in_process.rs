//! The methods of a subscription that is read inside the process, or sent by any HTTP server.

use hyperpoint_sse::stream::StreamScope;

use super::gaps::Control;
use super::pending_start::PendingStart;
use super::subscription::{Stage, Subscription};
use crate::position::Position;

impl Subscription {
    /// Sets the position after which the subscription starts if its client has no last event id.
    pub(crate) fn start_after(&mut self, after: Option<Position>) {
        if let Some(start) = &mut self.start {
            start.requested = after.map(|position| position.id().to_string());
        }
    }

    /// Stores the content of each event `ready` and `gap` from now on, for
    /// [`take_control`](Self::take_control).
    pub(crate) fn keep_control(&mut self) {
        self.gaps.get_or_insert_default().keeps_control = true;
    }

    /// Takes the content of the last frame, if it was an event `ready` or `gap`.
    pub(crate) fn take_control(&mut self) -> Option<Box<Control>> {
        self.gaps.as_mut()?.control.take()
    }

    /// Restarts the subscription at its current position, as a client that reconnects does.
    pub(crate) fn restart(&mut self) {
        let requested = Some(self.position().id().to_string());
        self.start = Some(Box::new(PendingStart { requested, ..PendingStart::default() }));
        self.stage = Stage::New;
    }

    /// Returns the scope that all responses of these topics share.
    pub(crate) fn scope(&self) -> &StreamScope {
        &self.node.scope
    }
}
