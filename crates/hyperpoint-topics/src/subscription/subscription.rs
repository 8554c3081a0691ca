//! [`Subscription`], the state of one subscriber. It has no task, and is polled by the body of its
//! response.

use std::fmt;
use std::mem::offset_of;
use std::num::NonZeroU32;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use hyperpoint_sse::stream::{Frame, FrameEnd, FrameSource, FrameStart, Parking, StreamKind};
use hyperpoint_sse::{InvalidData, MAX_RETRY, MIN_RETRY};
use smallvec::SmallVec;

use super::gap::{self, OnLag};
use super::gaps::Gaps;
use super::next_in_order::{NextInOrder, next_in_order};
use super::pending_start::PendingStart;
use super::topic_cursor::{ReadCriteria, TopicCursor};
use crate::follow::follow;
use crate::gap_reason::GapReason;
use crate::log::{LagSelection, Place, Read};
use crate::node::Node;
use crate::position::{Epoch, Position};
use crate::topic_set::TopicList;

/// One subscription to one or more topics: a source of frames, for the body of an event stream.
///
/// It starts when it is opened with the client's last event id. Its first event is `ready`, or
/// `gap` if the log cannot resume at that id. With [`StreamKind::AsWritten`], neither is sent, and
/// a gap without a snapshot ends the subscription. Endpoints subscribe through
/// `cx.send.topic_async`; this type is for the response bodies of other servers.
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
// The fields that every event reads are at the front: with a large number of subscribers, no part
// of a subscription is cached when it is woken, so each cache line that is read is a miss. A
// subscription is not aligned to cache lines, because the allocator would leave gaps between
// subscriptions, and no event reads the subscriptions of parked streams.
#[repr(C)]
pub struct Subscription {
    /// Whether the subscription takes the fast path: it is live, selects every event, and neither
    /// catches up nor has a reconnection delay to prepend.
    is_plain: bool,
    /// Whether the subscription may need the backplane until it reaches the head of the log: it
    /// resumed at events that the log of this node may have evicted, or starts with the newest
    /// events of keys.
    pub(super) is_catching_up: bool,
    pub(super) has_snapshot: bool,
    pub(super) stage: Stage,
    pub(super) on_lag: OnLag,
    pub(super) kind: StreamKind,
    pub(super) node: Arc<Node>,
    /// One cursor for each topic. A single cursor needs no allocation.
    pub(super) cursors: SmallVec<[TopicCursor; 1]>,
    pub(super) criteria: ReadCriteria,
    /// A frame with `ready`, `gap` or a snapshot, to be sent next. Boxed, because it is rare.
    pub(super) control_frame: Option<Box<Frame>>,
    pub(super) start: Option<Box<PendingStart>>,
    /// The gaps reported so far. `None` before the first gap, unless gaps are observed.
    pub(super) gaps: Option<Box<Gaps>>,
    /// The registration of the stream's outlet with the writers of the topic, if the stream was
    /// parked.
    place: Option<Place>,
    /// The reconnection delay in milliseconds, which is sent with `ready` and `gap`, or with the
    /// first event of a stream as written. `None` if none is to be sent.
    retry_ms: Option<NonZeroU32>,
}

const _: () = assert!(
    size_of::<Subscription>() <= 136,
    "a `Subscription` must not exceed 136 bytes, because each subscriber has one"
);

const _: () = assert!(
    offset_of!(Subscription, criteria) + size_of::<Epoch>() <= 64,
    "the fields that every event reads must fit into one cache line"
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
    /// A gap occurred that no event can report. The stream ends.
    Lost,
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
            kind: StreamKind::default(),
            control_frame: None,
            start,
            gaps: None,
            place: None,
            retry_ms: None,
        }
    }

    /// Returns the next frame, at any stage.
    #[inline(never)]
    fn poll_any(&mut self, cx: &mut Context<'_>) -> Poll<Result<Frame, FrameEnd>> {
        let polled = match (self.stage, self.cursors.len()) {
            (Stage::Live, 1) => self.poll_one(cx),
            (Stage::Live, _) => self.poll_many(cx),
            _ => self.poll_stage(cx),
        };
        let polled = match self.retry().filter(|_| self.kind == StreamKind::AsWritten) {
            None => polled,
            Some(retry) => polled.map_ok(|frame| self.with_retry(retry, frame)),
        };
        self.is_plain = self.stage == Stage::Live
            && !self.is_catching_up
            && self.criteria.is_all()
            && (self.retry_ms.is_none() || self.kind == StreamKind::ForEventSource);
        polled
    }

    /// Returns the reconnection delay, or `None` if none is to be sent.
    pub(super) fn retry(&self) -> Option<Duration> {
        self.retry_ms.map(|retry_ms| Duration::from_millis(retry_ms.get().into()))
    }

    /// Prepends the reconnection delay to the first event of a stream as written, which has no
    /// `ready`.
    #[cold]
    fn with_retry(&mut self, retry: Duration, frame: Frame) -> Frame {
        if frame.events == 0 {
            return frame;
        }
        self.retry_ms = None;
        gap::with_retry(retry, frame)
    }

    /// Returns the control frame, after finding the start position if needed, or pauses for a
    /// snapshot.
    #[cold]
    fn poll_stage(&mut self, cx: &mut Context<'_>) -> Poll<Result<Frame, FrameEnd>> {
        if self.stage == Stage::New {
            ready!(self.poll_begin(cx)).map_err(failed)?;
        }
        if let Some(frame) = self.control_frame.take() {
            self.stage = match &self.start {
                Some(start) if start.gap.is_some() => Stage::Snapshot,
                _ => Stage::Live,
            };
            return Poll::Ready(Ok(*frame));
        }
        match self.stage {
            Stage::Live => self.poll_any(cx),
            Stage::Lost => Poll::Ready(Err(FrameEnd::Gap)),
            _ => Poll::Ready(Err(FrameEnd::Paused)),
        }
    }

    /// Handles the eviction of the next events, or a new generation of the log. A subscriber that
    /// catches up reads evicted events from the backplane, and is sent `gap` if they are lost there
    /// too. A live subscriber is sent `gap` or `reconnect`. A new generation is continued, after a
    /// `gap` if the position of the subscriber is not in the log's past.
    #[cold]
    fn poll_lag(&mut self, read: &Read, cx: &mut Context<'_>) -> Poll<Result<Frame, FrameEnd>> {
        let requested = Some(self.position().id().to_string());
        let queued = if let Read::WrongEpoch = read {
            let queued = ready!(self.poll_generation(cx));
            if self.stage == Stage::Live && queued.is_ok() {
                return self.poll_any(cx);
            }
            queued
        } else if self.is_catching_up {
            if ready!(self.poll_history(cx)) {
                return self.poll_any(cx);
            }
            ready!(self.poll_open(cx));
            self.queue_gap(GapReason::Evicted, 0, requested)
        } else {
            ready!(self.poll_open(cx));
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
    pub(super) fn poll_history(&mut self, cx: &mut Context<'_>) -> Poll<bool> {
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
    pub(super) fn through(&self) -> u64 {
        self.cursors.iter().map(|cursor| cursor.through).min().unwrap_or(0)
    }

    /// Returns the next events of a subscription to one topic.
    fn poll_one(&mut self, cx: &mut Context<'_>) -> Poll<Result<Frame, FrameEnd>> {
        loop {
            let Some(cursor) = self.cursors.first_mut() else {
                return Poll::Ready(Err(FrameEnd::Finished));
            };
            if !cursor.has_news() && cursor.wait(cx.waker(), &self.node.hub, self.criteria.epoch) {
                cursor.forget_past();
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

    /// Registers the waker for the next event of any topic, unless there is one already. Returns
    /// whether the task must wait.
    fn wait(&self, cx: &mut Context<'_>) -> bool {
        let (hub, epoch) = (&self.node.hub, self.criteria.epoch);
        self.cursors.iter().all(|cursor| cursor.wait(cx.waker(), hub, epoch))
    }

    /// Moves the cursors of all topics past this sequence, up to which none has an event to send.
    fn pass(&mut self, sequence: u64) {
        self.cursors.iter_mut().for_each(|cursor| cursor.pass(sequence));
    }

    /// Returns the next events of several topics, in the order of the log.
    fn poll_many(&mut self, cx: &mut Context<'_>) -> Poll<Result<Frame, FrameEnd>> {
        loop {
            // Every event up to this sequence is in its ring by now.
            let committed = self.node.hub.committed();
            let NextInOrder { next, through } =
                next_in_order(&mut self.cursors, &self.criteria, committed);
            let (read, next) = match next {
                Some((cursor, next)) => {
                    (cursor.read_in_order(&self.criteria, (through, committed)), next)
                }
                None if self.node.hub.epoch() != Some(self.criteria.epoch) => (Read::WrongEpoch, 0),
                None => {
                    self.pass(through);
                    (Read::Nothing, through)
                }
            };
            match read {
                Read::Run { bytes, last, events } => {
                    self.pass(match self.criteria.selection {
                        // Only the event at `next` is sent, and the events after it up to `last`
                        // are not. If the page with `next` became out of date, an earlier event is
                        // sent.
                        LagSelection::Newest => next.min(last),
                        LagSelection::All | LagSelection::NewestPerKey => last,
                    });
                    self.node.lagged(events);
                    return Poll::Ready(Ok(Frame { bytes, events }));
                }
                Read::Nothing if self.wait(cx) => {
                    self.end_catching_up();
                    return Poll::Pending;
                }
                Read::Nothing | Read::Skipped(_) | Read::Unsealed => {}
                lost @ (Read::Lost | Read::WrongEpoch) => {
                    return self.poll_lag(&lost, cx);
                }
            }
        }
    }

    /// Drops the pages that were read from the backplane, if the rings have the next event of every
    /// topic.
    fn end_catching_up(&mut self) {
        let selection = self.criteria.selection;
        let is_kept = |cursor: &TopicCursor| cursor.lost_through(selection) <= cursor.through;
        if self.is_catching_up && self.cursors.iter().all(is_kept) {
            self.cursors.iter_mut().for_each(TopicCursor::forget_past);
            self.is_catching_up = false;
        }
    }
}

fn failed(error: InvalidData) -> FrameEnd {
    FrameEnd::Failed(Box::new(error))
}

impl FrameSource for Subscription {
    fn open(&mut self, opening: FrameStart<'_>) {
        let bounded = |retry: Duration| retry.clamp(MIN_RETRY, MAX_RETRY).as_millis();
        let retry_ms = opening.retry.and_then(|retry| u32::try_from(bounded(retry)).ok());
        (self.retry_ms, self.kind) = (retry_ms.and_then(NonZeroU32::new), opening.kind);
        if let Some(start) = &mut self.start {
            let last_event_id = opening.last_event_id.map(str::to_owned);
            start.requested = last_event_id.or(start.requested.take());
            let topics = std::mem::take(&mut start.topics).into_iter();
            let join = |(name, limits): (String, _)| self.node.hub.subscribe(&name, limits);
            self.cursors = topics.map(join).map(TopicCursor::new).collect();
            start.open_at_end(&self.node.hub);
            // Called after subscribing, because a topic with a subscriber keeps its newest event at
            // any age.
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
        self.gaps.as_ref().map_or(0, |gaps| gaps.count)
    }

    fn accepts_outlet(&self) -> bool {
        self.criteria.is_all() && self.cursors.len() == 1
    }

    fn park(&mut self, parking: Parking<'_>) {
        // Until the hub is open, the log may return to an earlier position.
        if self.is_plain
            && self.node.hub.is_open()
            && let [cursor] = &*self.cursors
        {
            cursor.park(&self.node, self.criteria.epoch, &mut self.place, &parking);
        }
    }

    fn advance(&mut self, position: u64) {
        if let [cursor] = &mut *self.cursors {
            cursor.through = position;
        }
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
