//! Owns one subscriber's way through the log: plain data, polled by the body of its answer.

use std::fmt;
use std::mem::offset_of;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use bytes::Bytes;
use hyperpoint_core::{Frame, FrameEnd, FrameSource, Problem};
use hyperpoint_sse::StreamItem;
use smallvec::SmallVec;

use super::gap::{self, Gap, OnLag};
use super::gaps::{Gaps, OnGap};
use super::next_in_order::next_in_order;
use super::pending_start::PendingStart;
use super::topic_cursor::{ReadCriteria, TopicCursor};
use crate::follow::follow;
use crate::gap_reason::GapReason;
use crate::log::{Filter, LagSelection, Read};
use crate::node::Node;
use crate::position::{Epoch, Position};
use crate::topic_set::TopicList;

/// One subscriber's way through the log of its topics.
///
/// What each event looks at is at the control_frame, in one line of the processor's cache: with very many
/// subscribers nothing of one is there when it is woken, and each line has to be waited for.
#[repr(C, align(64))]
pub(crate) struct Subscription {
    /// Whether it criteria all, and is where the log is: then there is little to look at.
    is_plain: bool,
    /// Whether it was never yet where the log is.
    is_catching_up: bool,
    has_snapshot: bool,
    stage: Stage,
    on_lag: OnLag,
    node: Arc<Node>,
    /// Most have one, which then takes no room elsewhere.
    cursors: SmallVec<[TopicCursor; 1]>,
    criteria: ReadCriteria,
    retry: Duration,
    control_frame: Option<(Bytes, u32)>,
    start: Option<Box<PendingStart>>,
    gaps: Gaps,
}

const _: () = assert!(
    offset_of!(Subscription, criteria) + size_of::<Epoch>() <= 64,
    "what each event looks at is in one line"
);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stage {
    /// Where it begins is not known yet.
    New,
    /// A frame of its own is to be sent first.
    Control,
    Live,
    /// A snapshot is to be made for the gap.
    Snapshot,
}

impl Subscription {
    pub(crate) fn new(node: Arc<Node>, topics: TopicList) -> Self {
        let criteria =
            ReadCriteria { epoch: Epoch::UNKNOWN, filter: None, selection: LagSelection::All };
        let on_lag = if node.backplane.is_some() { OnLag::Resume } else { OnLag::Gap };
        let start = Some(Box::new(PendingStart { topics, ..PendingStart::default() }));
        let (cursors, control_frame, retry) = (SmallVec::new(), None, Duration::ZERO);
        let stage = Stage::New;
        Self {
            node,
            cursors,
            criteria,
            stage,
            on_lag,
            has_snapshot: false,
            is_catching_up: false,
            is_plain: false,
            retry,
            control_frame,
            start,
            gaps: Gaps::default(),
        }
    }

    pub(crate) fn set_filter(&mut self, filter: Filter) {
        self.criteria.filter = Some(filter);
    }

    pub(crate) fn set_history(&mut self, count: usize) {
        if let Some(start) = &mut self.start {
            start.history = count;
        }
    }

    pub(crate) fn set_on_lag(&mut self, on_lag: OnLag) {
        self.on_lag = on_lag;
        self.criteria.selection = match on_lag {
            OnLag::Gap | OnLag::Resume => LagSelection::All,
            OnLag::Latest => LagSelection::Newest,
            OnLag::Conflate => LagSelection::NewestPerKey,
        };
    }

    pub(crate) fn set_snapshot(&mut self) {
        self.has_snapshot = true;
    }

    pub(crate) fn set_on_gap(&mut self, on_gap: OnGap) {
        self.gaps.on_gap = Some(on_gap);
    }

    /// The gap that a snapshot is to be made for.
    pub(crate) fn take_gap(&mut self) -> Option<Gap> {
        self.start.take()?.gap
    }

    /// Goes on behind a snapshot, which has all up to the place that the gap named.
    pub(crate) fn resume_after_snapshot(
        &mut self,
        gap: &Gap,
        items: &[StreamItem],
    ) -> Result<(), Problem> {
        let from = Position::parse(gap.from.as_str())?;
        self.control_frame = Some(gap::snapshot(items, from, self.retry)?);
        self.stage = Stage::Control;
        Ok(())
    }

    /// The next frame, wherever it stands.
    #[inline(never)]
    fn poll_any(&mut self, cx: &mut Context<'_>) -> Poll<Result<Frame, FrameEnd>> {
        let polled = match (self.stage, self.cursors.len()) {
            (Stage::Live, 1) => self.poll_one(cx),
            (Stage::Live, _) => self.poll_many(cx),
            _ => self.poll_stage(cx),
        };
        self.is_plain = self.stage == Stage::Live && !self.is_catching_up && self.criteria.is_all();
        polled
    }

    /// What comes before the events of the log, or what ends it.
    #[cold]
    fn poll_stage(&mut self, cx: &mut Context<'_>) -> Poll<Result<Frame, FrameEnd>> {
        if self.stage == Stage::New {
            ready!(self.poll_begin(cx)).map_err(FrameEnd::Failed)?;
        }
        if let Some((bytes, events)) = self.control_frame.take() {
            self.stage = match &self.start {
                Some(start) if start.gap.is_some() => Stage::Snapshot,
                _ => Stage::Live,
            };
            return Poll::Ready(Ok(Frame { bytes, events }));
        }
        Poll::Ready(Err(FrameEnd::Paused))
    }

    /// Finds the place to begin at, once the log is known.
    fn poll_begin(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Problem>> {
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

    fn release_start(&mut self) {
        if let Some(start) = self.start.take() {
            start.leave(&self.node.hub);
        }
    }

    fn begin_new(&mut self, epoch: Epoch, history: usize) -> Result<(), Problem> {
        let committed = self.node.hub.committed();
        for cursor in &mut self.cursors {
            cursor.through = if history == 0 { committed } else { cursor.before_last(history) };
        }
        self.queue_ready(Position { epoch, sequence: self.through() })
    }

    /// Goes on from an id of this epoch.
    fn poll_resume(
        &mut self,
        asked: Position,
        requested: String,
        cx: &mut Context<'_>,
    ) -> Poll<Result<(), Problem>> {
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

    fn queue_ready(&mut self, position: Position) -> Result<(), Problem> {
        self.release_start();
        self.control_frame = Some((gap::ready(position, self.retry)?, 1));
        self.stage = Stage::Control;
        Ok(())
    }

    /// Goes on with what is left behind this number, and tells that it is not all.
    fn queue_gap(
        &mut self,
        reason: GapReason,
        after: u64,
        requested: Option<String>,
    ) -> Result<(), Problem> {
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
        let from = Position { epoch, sequence: self.through() }.id();
        let gap = Gap { reason, requested, from };
        self.gaps.note(&gap);
        self.control_frame = Some((gap::gap(&gap, self.retry, !self.has_snapshot)?, 1));
        if self.has_snapshot {
            self.start = Some(Box::new(PendingStart { gap: Some(gap), ..PendingStart::default() }));
        }
        Ok(())
    }

    /// Where the events that it needs next are gone: reads them from the engine for one who came
    /// back, and tells one who was there.
    #[cold]
    fn poll_lag(&mut self, read: &Read, cx: &mut Context<'_>) -> Poll<Result<Frame, FrameEnd>> {
        let requested = Position { epoch: self.criteria.epoch, sequence: self.through() }.id();
        let requested = Some(requested.to_string());
        let queued = if let Read::WrongEpoch = read {
            self.criteria.epoch = self.node.hub.epoch().unwrap_or(Epoch::UNKNOWN);
            self.cursors.iter_mut().for_each(|cursor| cursor.through = 0);
            self.queue_gap(GapReason::Epoch, 0, requested)
        } else if self.is_catching_up {
            match ready!(self.poll_history(cx)) {
                true => return self.poll_any(cx),
                false => self.queue_gap(GapReason::Evicted, 0, requested),
            }
        } else {
            self.cursors.iter().for_each(|cursor| cursor.warn_if_overrun(&self.node));
            if self.on_lag == OnLag::Resume {
                return Poll::Ready(Err(FrameEnd::Reconnect));
            }
            self.queue_gap(GapReason::Lagged, 0, requested)
        };
        queued.map_err(FrameEnd::Failed)?;
        self.poll_stage(cx)
    }

    /// Gets what the log does not have any more from the engine. Says whether that has it whole.
    fn poll_history(&mut self, cx: &mut Context<'_>) -> Poll<bool> {
        let mut is_whole = true;
        for cursor in &mut self.cursors {
            is_whole &=
                ready!(cursor.poll_history(&self.node, &self.criteria, cx)) <= cursor.through;
        }
        Poll::Ready(is_whole)
    }

    /// Every event up to this number was sent, or told of.
    fn through(&self) -> u64 {
        self.cursors.iter().map(|cursor| cursor.through).min().unwrap_or(0)
    }

    /// The next events of the only topic.
    fn poll_one(&mut self, cx: &mut Context<'_>) -> Poll<Result<Frame, FrameEnd>> {
        loop {
            let Some(cursor) = self.cursors.first_mut() else {
                return Poll::Ready(Err(FrameEnd::Finished));
            };
            if !cursor.has_news() && cursor.wait(cx.waker(), &self.node.hub, self.criteria.epoch) {
                self.is_catching_up = false;
                return Poll::Pending;
            }
            match cursor.read(&self.criteria, u64::MAX) {
                Read::Run { bytes, events, .. } => {
                    self.node.lagged(events);
                    return Poll::Ready(Ok(Frame { bytes, events }));
                }
                Read::Skipped(_) | Read::Nothing | Read::Unsealed => {}
                lost @ (Read::Lost | Read::WrongEpoch) => {
                    return self.poll_lag(&lost, cx);
                }
            }
        }
    }

    /// Waits for news of all topics, unless there are some.
    fn wait(&self, cx: &mut Context<'_>) -> bool {
        let (hub, epoch) = (&self.node.hub, self.criteria.epoch);
        self.cursors.iter().all(|cursor| cursor.wait(cx.waker(), hub, epoch))
    }

    /// Notes that no topic has an event up to this number that was not given.
    fn pass(&mut self, last: u64) {
        if self.criteria.selection != LagSelection::Newest {
            self.cursors.iter_mut().for_each(|cursor| cursor.through = cursor.through.max(last));
        }
    }

    /// The next events of several topics, in the one order of the log.
    fn poll_many(&mut self, cx: &mut Context<'_>) -> Poll<Result<Frame, FrameEnd>> {
        loop {
            // Whatever has a number up to this one is in its ring by now.
            let committed = self.node.hub.committed();
            let read = match next_in_order(&mut self.cursors, &self.criteria, committed) {
                Some((cursor, bound)) => cursor.read(&self.criteria, bound),
                None if self.node.hub.epoch() != Some(self.criteria.epoch) => Read::WrongEpoch,
                None => Read::Nothing,
            };
            match read {
                Read::Run { bytes, last, events } => {
                    self.pass(last);
                    self.node.lagged(events);
                    return Poll::Ready(Ok(Frame { bytes, events }));
                }
                Read::Nothing if self.wait(cx) => {
                    self.is_catching_up = false;
                    return Poll::Pending;
                }
                Read::Nothing | Read::Skipped(_) | Read::Unsealed => {}
                lost @ (Read::Lost | Read::WrongEpoch) => {
                    return self.poll_lag(&lost, cx);
                }
            }
        }
    }
}

impl FrameSource for Subscription {
    fn open(&mut self, last_event_id: Option<&str>, retry: Duration) {
        self.retry = retry;
        if let Some(start) = &mut self.start {
            start.requested = last_event_id.map(str::to_owned);
            let topics = std::mem::take(&mut start.topics).into_iter();
            let join = |(name, limits): (String, _)| self.node.hub.subscribe(&name, limits);
            self.cursors = topics.map(join).map(TopicCursor::new).collect();
            // Only now: of a topic that is used, the newest event stays, however old it is.
            follow(&self.node);
        }
    }

    fn poll_frame(&mut self, cx: &mut Context<'_>) -> Poll<Result<Frame, FrameEnd>> {
        if self.is_plain
            && let [cursor] = &mut *self.cursors
        {
            if !cursor.has_news() && cursor.wait(cx.waker(), &self.node.hub, self.criteria.epoch) {
                return Poll::Pending;
            }
            if let Some(bytes) = cursor.read_last_alone(self.criteria.epoch) {
                return Poll::Ready(Ok(Frame { bytes, events: 1 }));
            }
        }
        self.poll_any(cx)
    }

    fn gaps(&self) -> u32 {
        self.gaps.count
    }
}

impl Drop for Subscription {
    fn drop(&mut self) {
        self.release_start();
        self.cursors.iter().for_each(|cursor| cursor.leave(&self.node.hub));
    }
}

impl fmt::Debug for Subscription {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Subscription").field("cursors", &self.cursors).finish_non_exhaustive()
    }
}
