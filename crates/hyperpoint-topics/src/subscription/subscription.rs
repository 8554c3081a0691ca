//! Owns one subscription: plain data without a task, polled by the body of its response.

use std::error::Error;
use std::fmt;
use std::mem::offset_of;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use bytes::Bytes;
use hyperpoint_sse::stream::{Frame, FrameEnd, FrameSource};
use hyperpoint_sse::{InvalidData, StreamItem};
use smallvec::SmallVec;

use super::gap::{self, Gap, OnLag};
use super::gaps::Gaps;
use super::next_in_order::next_in_order;
use super::pending_start::PendingStart;
use super::topic_cursor::{ReadCriteria, TopicCursor};
use crate::follow::follow;
use crate::gap_reason::GapReason;
use crate::log::{LagSelection, Read};
use crate::node::Node;
use crate::position::{Epoch, Position};
use crate::topic_set::TopicList;

/// One subscription to one or more topics: a source of frames, for the body of an event stream.
///
/// It starts when it is opened with the client's last event id. Its first event is `ready`, or `gap` if
/// the log cannot resume at that id. Endpoints use it through
/// `cx.send.topic_async`; this is for bodies of other servers.
///
/// # Examples
///
/// ```
/// use hyperpoint::topics::{Subscription, TopicName, Topics};
///
/// const PRICES: TopicName<u32> = TopicName::new("prices");
///
/// let topics = Topics::default();
/// let subscription = Subscription::to(&topics.topic(PRICES)).history(10);
/// # let _ = subscription;
/// ```
///
/// The fields that every event reads are at the front, in one cache line. With a large number of
/// subscribers, nothing of a subscription is cached when it is woken, and each cache line is a miss.
#[repr(C, align(64))]
pub struct Subscription {
    /// Whether it is live and its criteria select every event, which takes the fast path.
    is_plain: bool,
    /// Whether it resumed at events evicted from the log of this node, and has not reached the head yet.
    is_catching_up: bool,
    pub(super) has_snapshot: bool,
    pub(super) stage: Stage,
    pub(super) on_lag: OnLag,
    pub(super) node: Arc<Node>,
    /// One cursor for each topic. A single cursor needs no allocation.
    cursors: SmallVec<[TopicCursor; 1]>,
    pub(super) criteria: ReadCriteria,
    retry: Duration,
    /// A frame with `ready`, `gap` or a snapshot that is to be sent next, and its number of events.
    control_frame: Option<(Bytes, u32)>,
    pub(super) start: Option<Box<PendingStart>>,
    pub(super) gaps: Gaps,
}

const _: () = assert!(
    offset_of!(Subscription, criteria) + size_of::<Epoch>() <= 64,
    "the fields that every event reads are in one cache line"
);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stage {
    /// The start position is not known yet.
    New,
    /// The control frame is to be sent next.
    Control,
    /// Events of the log are sent.
    Live,
    /// A gap was sent, and the snapshot after it is awaited.
    Snapshot,
}

impl Subscription {
    pub(super) fn new(node: Arc<Node>, topics: TopicList) -> Self {
        let criteria =
            ReadCriteria { epoch: Epoch::UNKNOWN, filter: None, selection: LagSelection::All };
        let on_lag = if node.backplane.is_some() { OnLag::Resume } else { OnLag::Gap };
        let start = Some(Box::new(PendingStart { topics, ..PendingStart::default() }));
        Self {
            node,
            cursors: SmallVec::new(),
            criteria,
            stage: Stage::New,
            on_lag,
            has_snapshot: false,
            is_catching_up: false,
            is_plain: false,
            retry: Duration::ZERO,
            control_frame: None,
            start,
            gaps: Gaps::default(),
        }
    }

    /// Takes the gap that a snapshot must follow, or `None` if the subscription is not paused at one.
    pub fn take_gap(&mut self) -> Option<Gap> {
        self.start.take()?.gap
    }

    /// Resumes after a snapshot, which includes all events up to the position of the gap. The last item
    /// gets the id of that position; ids of the items themselves are not sent.
    ///
    /// # Errors
    ///
    /// An item that is too large.
    pub fn resume_after_snapshot(
        &mut self,
        gap: &Gap,
        items: &[StreamItem],
    ) -> Result<(), Box<dyn Error + Send + Sync>> {
        let from = Position::parse(gap.from.as_str())?;
        self.control_frame = Some(gap::snapshot(items, from, self.retry)?);
        self.stage = Stage::Control;
        Ok(())
    }

    /// Returns the next frame, at any stage.
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

    /// Returns the control frame, after finding the start position if needed, or pauses for a snapshot.
    #[cold]
    fn poll_stage(&mut self, cx: &mut Context<'_>) -> Poll<Result<Frame, FrameEnd>> {
        if self.stage == Stage::New {
            ready!(self.poll_begin(cx)).map_err(failed)?;
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

    /// Finds the start position, once the epoch of the log is known.
    fn poll_begin(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), InvalidData>> {
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

    /// Drops the state of the start, and releases its waiter id.
    fn release_start(&mut self) {
        if let Some(start) = self.start.take() {
            start.leave(&self.node.hub);
        }
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

    /// Queues the event `ready`.
    fn queue_ready(&mut self, position: Position) -> Result<(), InvalidData> {
        self.release_start();
        self.gaps.start(position);
        self.control_frame = Some((gap::ready(position, self.retry)?, 1));
        self.stage = Stage::Control;
        Ok(())
    }

    /// Queues the event `gap`, and moves all cursors past the lost events, at least to `after`.
    fn queue_gap(
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
        self.control_frame = Some((gap::gap(&gap, self.retry, !self.has_snapshot)?, 1));
        if self.has_snapshot {
            self.start = Some(Box::new(PendingStart { gap: Some(gap), ..PendingStart::default() }));
        }
        Ok(())
    }

    /// Handles eviction of the next events: a resumed subscriber reads them from the backplane, a live
    /// one is sent `gap` or `reconnect`.
    #[cold]
    fn poll_lag(&mut self, read: &Read, cx: &mut Context<'_>) -> Poll<Result<Frame, FrameEnd>> {
        let requested = Some(self.position().id().to_string());
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
        queued.map_err(failed)?;
        self.poll_stage(cx)
    }

    /// Reads evicted events from the backplane. Returns whether the backplane has all of them.
    fn poll_history(&mut self, cx: &mut Context<'_>) -> Poll<bool> {
        let mut is_whole = true;
        for cursor in &mut self.cursors {
            is_whole &=
                ready!(cursor.poll_history(&self.node, &self.criteria, cx)) <= cursor.through;
        }
        Poll::Ready(is_whole)
    }

    /// Returns the position up to which every event was sent, skipped or reported as missing.
    pub(super) fn position(&self) -> Position {
        Position { epoch: self.criteria.epoch, sequence: self.through() }
    }

    /// Returns the sequence up to which every event was sent, skipped or reported as missing.
    fn through(&self) -> u64 {
        self.cursors.iter().map(|cursor| cursor.through).min().unwrap_or(0)
    }

    /// Returns the next events of the only topic.
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

    /// Waits for an event of any topic, unless there is one. Returns whether it waits.
    fn wait(&self, cx: &mut Context<'_>) -> bool {
        let (hub, epoch) = (&self.node.hub, self.criteria.epoch);
        self.cursors.iter().all(|cursor| cursor.wait(cx.waker(), hub, epoch))
    }

    /// Moves the cursors of all topics past this sequence, since none has an earlier event.
    fn pass(&mut self, last: u64) {
        if self.criteria.selection != LagSelection::Newest {
            self.cursors.iter_mut().for_each(|cursor| cursor.through = cursor.through.max(last));
        }
    }

    /// Returns the next events of several topics, in the order of the log.
    fn poll_many(&mut self, cx: &mut Context<'_>) -> Poll<Result<Frame, FrameEnd>> {
        loop {
            // Every event up to this sequence is in its ring by now.
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

fn failed(error: InvalidData) -> FrameEnd {
    FrameEnd::Failed(Box::new(error))
}

impl FrameSource for Subscription {
    fn open(&mut self, last_event_id: Option<&str>, retry: Duration) {
        self.retry = retry;
        if let Some(start) = &mut self.start {
            start.requested = last_event_id.map(str::to_owned).or(start.requested.take());
            let topics = std::mem::take(&mut start.topics).into_iter();
            let join = |(name, limits): (String, _)| self.node.hub.subscribe(&name, limits);
            self.cursors = topics.map(join).map(TopicCursor::new).collect();
            // Follows after subscribing: a topic with a subscriber keeps its newest event at any age.
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
