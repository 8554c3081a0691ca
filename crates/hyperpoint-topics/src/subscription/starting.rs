//! The start of a subscription, and its continuation after a gap.

use std::task::{Context, Poll, ready};

use hyperpoint_sse::InvalidData;
use hyperpoint_sse::stream::StreamKind;

use super::gap::{self, Gap};
use super::pending_start::PendingStart;
use super::subscription::{Stage, Subscription};
use super::topic_cursor::TopicCursor;
use crate::gap_reason::GapReason;
use crate::log::LagSelection;
use crate::position::{Epoch, Position};

impl Subscription {
    /// Finds the start position, once the epoch of the log is known, and queues the event `ready`
    /// or `gap`.
    pub(super) fn poll_begin(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), InvalidData>> {
        let start = self.start.get_or_insert_default();
        let epoch = ready!(start.poll_epoch(None, &self.node.hub, cx));
        if self.criteria.epoch != epoch {
            self.cursors.iter_mut().for_each(TopicCursor::forget_past);
        }
        self.criteria.epoch = epoch;
        let Some(requested) = start.requested.clone().or_else(|| start.opened_before(epoch)) else {
            ready!(start.poll_open(&self.node.hub, cx));
            let (history, end) = (start.history, start.end(epoch, &self.node.hub));
            return self.poll_new(epoch, (history, end), cx);
        };
        let reason = match Position::parse(&requested) {
            Err(_) => GapReason::Unknown,
            Ok(asked) => match ready!(start.poll_past(asked, epoch, &self.node, cx)) {
                None => return self.poll_resume(asked, requested, cx),
                Some(reason) => reason,
            },
        };
        ready!(start.poll_open(&self.node.hub, cx));
        Poll::Ready(self.queue_gap(reason, 0, Some(requested)))
    }

    /// Starts a new subscription after the sequence `end`, or before the last `history` events. If
    /// `history` is not 0 and a backplane keeps the newest events of keys, a subscription that
    /// conflates is sent those events first.
    fn poll_new(
        &mut self,
        epoch: Epoch,
        (history, end): (usize, u64),
        cx: &mut Context<'_>,
    ) -> Poll<Result<(), InvalidData>> {
        let is_conflated = self.criteria.selection == LagSelection::NewestPerKey;
        for cursor in &mut self.cursors {
            if history == 0 {
                cursor.through = end;
            } else if is_conflated && self.node.backplane.is_some() {
                ready!(cursor.poll_first_keys(&self.node, epoch, history, cx));
            } else {
                cursor.through = cursor.before_last(history).map_or(end, |before| before.min(end));
            }
        }
        self.is_catching_up = self.cursors.iter().any(TopicCursor::is_at_keys);
        Poll::Ready(self.queue_ready(Position { epoch, sequence: self.through() }))
    }

    /// Continues in the newest generation of the log, or queues a gap if the position of the
    /// subscriber is not in the log's past. Earlier events that this node does not keep are read
    /// from the backplane.
    pub(super) fn poll_generation(
        &mut self,
        cx: &mut Context<'_>,
    ) -> Poll<Result<(), InvalidData>> {
        // A subscriber of several topics may have received events after its position.
        let sequence = self.cursors.iter().map(|cursor| cursor.through).max().unwrap_or(0);
        let last = Position { sequence, ..self.position() };
        let start = self.start.get_or_insert_default();
        // Waits for another epoch, because the rings enter a generation before the hub publishes
        // its epoch.
        let before = Some(self.criteria.epoch);
        let epoch = ready!(start.poll_epoch(before, &self.node.hub, cx));
        let reason = ready!(start.poll_past(last, epoch, &self.node, cx));
        if reason.is_some() {
            ready!(start.poll_open(&self.node.hub, cx));
        }
        self.release_start();
        let requested = Some(self.position().id().to_string());
        self.criteria.epoch = epoch;
        self.is_catching_up = reason.is_none();
        self.cursors.iter_mut().for_each(TopicCursor::forget_past);
        let Some(reason) = reason else { return Poll::Ready(Ok(())) };
        self.cursors.iter_mut().for_each(|cursor| cursor.through = 0);
        Poll::Ready(self.queue_gap(reason, 0, requested))
    }

    /// Resumes at a position in the log's past. Queues the event `ready`, or `gap` if events after
    /// the position are lost.
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
        if !self.is_catching_up {
            self.cursors.iter_mut().for_each(TopicCursor::forget_past);
        }
        if is_whole {
            return Poll::Ready(self.queue_ready(asked));
        }
        ready!(self.poll_open(cx));
        Poll::Ready(self.queue_gap(GapReason::Evicted, asked.sequence, Some(requested)))
    }

    /// Waits until the hub is open.
    pub(super) fn poll_open(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        if self.node.hub.is_open() {
            return Poll::Ready(());
        }
        self.start.get_or_insert_default().poll_open(&self.node.hub, cx)
    }

    /// Queues the event `ready`. A stream as written has no such event, and starts with the events
    /// of the log.
    fn queue_ready(&mut self, position: Position) -> Result<(), InvalidData> {
        self.release_start();
        if let Some(gaps) = &mut self.gaps {
            gaps.start(position);
        }
        if self.kind == StreamKind::AsWritten {
            self.stage = Stage::Live;
            return Ok(());
        }
        self.control_frame = Some(Box::new(gap::control(gap::ready(position, self.retry())?)));
        self.stage = Stage::Control;
        Ok(())
    }

    /// Queues the event `gap`, and moves all cursors past the lost events, at least to `after`.
    /// With [`StreamKind::AsWritten`], a snapshot or the end of the stream replaces the event.
    pub(super) fn queue_gap(
        &mut self,
        reason: GapReason,
        after: u64,
        requested: Option<String>,
    ) -> Result<(), InvalidData> {
        self.release_start();
        self.node.gapped(reason);
        self.stage = Stage::Control;
        let (criteria, is_catching_up) = (&self.criteria, self.is_catching_up);
        let committed = self.node.hub.committed();
        for cursor in &mut self.cursors {
            cursor.through = match self.has_snapshot {
                true => committed.max(cursor.through),
                false => cursor.gap_end(criteria, is_catching_up).max(after).max(cursor.through),
            };
            cursor.drop_passed();
        }
        if self.cursors.len() > 1 {
            // Otherwise a topic without events would hold the position back, and the gap would be
            // reported again.
            let selection = self.criteria.selection;
            self.cursors.iter_mut().for_each(|cursor| cursor.pass_empty(selection, committed));
        }
        let epoch = self.criteria.epoch;
        // After the gap, a subscriber without a snapshot continues to read from the backplane.
        self.is_catching_up &= !self.has_snapshot;
        if !self.is_catching_up {
            self.cursors.iter_mut().for_each(TopicCursor::forget_past);
        }
        let from = Position { epoch, sequence: self.through() };
        let gap = Gap { reason, requested, from: from.id() };
        self.gaps.get_or_insert_default().note(&gap, from);
        if self.kind == StreamKind::ForEventSource {
            let bytes = gap::gap(&gap, self.retry(), !self.has_snapshot)?;
            self.control_frame = Some(Box::new(gap::control(bytes)));
        } else {
            self.stage = if self.has_snapshot { Stage::Snapshot } else { Stage::Lost };
        }
        if self.has_snapshot {
            self.start = Some(Box::new(PendingStart { gap: Some(gap), ..PendingStart::default() }));
        }
        Ok(())
    }
}
