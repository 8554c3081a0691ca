//! How a subscription starts, and how it goes on after a gap.

use std::task::{Context, Poll, ready};

use hyperpoint_sse::InvalidData;
use hyperpoint_sse::stream::StreamKind;

use super::gap::{self, Gap};
use super::pending_start::PendingStart;
use super::subscription::{Stage, Subscription};
use crate::gap_reason::GapReason;
use crate::position::{Epoch, Position};

impl Subscription {
    /// Finds the start position, once the epoch of the log is known.
    pub(super) fn poll_begin(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), InvalidData>> {
        let start = self.start.get_or_insert_default();
        let epoch = ready!(start.poll_epoch(&self.node.hub, cx));
        self.criteria.epoch = epoch;
        let Some(requested) = start.requested.clone() else {
            let history = start.history;
            return Poll::Ready(self.begin_new(epoch, history));
        };
        let reason = match Position::parse(&requested) {
            Err(_) => GapReason::Unknown,
            Ok(asked) if asked.epoch != epoch => GapReason::Epoch,
            Ok(asked) if asked.sequence > self.node.newest() => GapReason::Unknown,
            Ok(asked) => return self.poll_resume(asked, requested, cx),
        };
        Poll::Ready(self.queue_gap(reason, 0, Some(requested)))
    }

    /// Starts a new subscription at the end of the log, or at the last `history` events.
    fn begin_new(&mut self, epoch: Epoch, history: usize) -> Result<(), InvalidData> {
        let committed = self.node.hub.committed();
        for cursor in &mut self.cursors {
            cursor.through = if history == 0 { committed } else { cursor.before_last(history) };
        }
        self.queue_ready(Position { epoch, sequence: self.through() })
    }

    /// Resumes at an id of this epoch.
    fn poll_resume(
        &mut self,
        asked: Position,
        requested: String,
        cx: &mut Context<'_>,
    ) -> Poll<Result<(), InvalidData>> {
        let selection = self.criteria.selection;
        self.cursors.iter_mut().for_each(|cursor| cursor.through = asked.sequence);
        let is_kept =
            self.cursors.iter().all(|cursor| cursor.lost_through(selection) <= asked.sequence);
        self.is_catching_up = !is_kept && self.node.backplane.is_some();
        let is_whole = is_kept || (self.is_catching_up && ready!(self.poll_history(cx)));
        Poll::Ready(match is_whole {
            true => self.queue_ready(asked),
            false => self.queue_gap(GapReason::Evicted, asked.sequence, Some(requested)),
        })
    }

    /// Queues the event `ready`, which a stream as written does not have.
    fn queue_ready(&mut self, position: Position) -> Result<(), InvalidData> {
        self.release_start();
        self.gaps.start(position);
        if self.kind == StreamKind::AsWritten {
            self.stage = Stage::Live;
            return Ok(());
        }
        self.control_frame = Some((gap::ready(position, self.retry)?, 1));
        self.stage = Stage::Control;
        Ok(())
    }

    /// Queues the event `gap`, and moves all cursors past the lost events, at least to `after`. As written,
    /// the snapshot says the gap, or the end.
    pub(super) fn queue_gap(
        &mut self,
        reason: GapReason,
        after: u64,
        requested: Option<String>,
    ) -> Result<(), InvalidData> {
        self.release_start();
        self.node.gapped(reason);
        (self.is_catching_up, self.stage) = (false, Stage::Control);
        let (selection, epoch) = (self.criteria.selection, self.criteria.epoch);
        let committed = self.node.hub.committed();
        for cursor in &mut self.cursors {
            cursor.through = match self.has_snapshot {
                true => committed,
                false => cursor.lost_through(selection).max(after).max(cursor.through),
            };
        }
        let from = Position { epoch, sequence: self.through() };
        let gap = Gap { reason, requested, from: from.id() };
        self.gaps.note(&gap, from);
        if self.kind == StreamKind::ForEventSource {
            self.control_frame = Some((gap::gap(&gap, self.retry, !self.has_snapshot)?, 1));
        } else {
            self.stage = if self.has_snapshot { Stage::Snapshot } else { Stage::Lost };
        }
        if self.has_snapshot {
            self.start = Some(Box::new(PendingStart { gap: Some(gap), ..PendingStart::default() }));
        }
        Ok(())
    }
}
