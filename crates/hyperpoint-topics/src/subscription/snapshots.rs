//! The pause of a subscription at a gap, for a snapshot, and the state that a subscription has
//! until it starts.

use std::error::Error;

use hyperpoint_sse::StreamItem;

use super::gap::{self, Gap};
use super::subscription::{Stage, Subscription};
use crate::position::Position;

impl Subscription {
    /// Takes the gap that a snapshot must follow. Returns `None` if the subscription is not paused
    /// at a gap.
    pub fn take_gap(&mut self) -> Option<Gap> {
        self.start.take_if(|start| start.gap.is_some())?.gap
    }

    /// Resumes after a snapshot, which includes all events up to the position of the gap. The last
    /// item gets the id of that position; ids of the items themselves are not sent.
    ///
    /// # Errors
    ///
    /// If an item is too large, if its name is reserved on a stream for `EventSource`, or if
    /// [`gap.from`](Gap::from) is not an event id of a topic.
    pub fn resume_after_snapshot(
        &mut self,
        gap: &Gap,
        items: &[StreamItem],
    ) -> Result<(), Box<dyn Error + Send + Sync>> {
        let from = Position::parse(gap.from.as_str())?;
        self.control_frame = gap::snapshot(items, from, self.kind, self.retry())?.map(Box::new);
        self.stage = if self.control_frame.is_some() { Stage::Control } else { Stage::Live };
        Ok(())
    }

    /// Drops the state of the start, and releases its waiter id.
    pub(super) fn release_start(&mut self) {
        if let Some(start) = self.start.take() {
            start.leave(&self.node.hub);
        }
    }
}
