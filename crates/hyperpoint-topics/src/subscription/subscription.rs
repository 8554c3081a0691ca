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
use super::part::{Part, Wants};
use super::start::Start;
use super::turn::next;
use crate::follow::follow;
use crate::gap_reason::GapReason;
use crate::log::{Choice, Filter, Read};
use crate::node::Node;
use crate::position::{Epoch, Position};
use crate::topic_set::Wanted;

/// One subscriber's way through the log of its topics.
///
/// What each event looks at is at the front, in one line of the processor's cache: with very many
/// subscribers nothing of one is there when it is woken, and each line has to be waited for.
#[repr(C, align(64))]
pub(crate) struct Subscription {
    /// Whether it wants all, and is where the log is: then there is little to look at.
    is_plain: bool,
    /// Whether it was never yet where the log is.
    is_behind: bool,
    has_snapshot: bool,
    stage: Stage,
    on_lag: OnLag,
    node: Arc<Node>,
    /// Most have one, which then takes no room elsewhere.
    parts: SmallVec<[Part; 1]>,
    wants: Wants,
    retry: Duration,
    front: Option<(Bytes, u32)>,
    start: Option<Box<Start>>,
    gaps: Gaps,
}

const _: () = assert!(
    offset_of!(Subscription, wants) + size_of::<Epoch>() <= 64,
    "what each event looks at is in one line"
);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stage {
    /// Where it begins is not known yet.
    New,
    /// A frame of its own is to be sent first.
    Front,
    Live,
    /// A snapshot is to be made for the gap.
    Gap,
}

impl Subscription {
    pub(crate) fn new(node: Arc<Node>, topics: Wanted) -> Self {
        let wants = Wants { epoch: Epoch::UNKNOWN, filter: None, choice: Choice::All };
        let on_lag = if node.backplane.is_some() { OnLag::Resume } else { OnLag::Gap };
        let start = Some(Box::new(Start { topics, ..Start::default() }));
        let (parts, front, retry) = (SmallVec::new(), None, Duration::ZERO);
        let stage = Stage::New;
        Self {
            node,
            parts,
            wants,
            stage,
            on_lag,
            has_snapshot: false,
            is_behind: false,
            is_plain: false,
            retry,
            front,
            start,
            gaps: Gaps::default(),
        }
    }

    pub(crate) fn set_filter(&mut self, filter: Filter) {
        self.wants.filter = Some(filter);
    }

    pub(crate) fn set_history(&mut self, count: usize) {
        if let Some(start) = &mut self.start {
            start.history = count;
        }
    }

    pub(crate) fn set_on_lag(&mut self, on_lag: OnLag) {
        self.on_lag = on_lag;
        self.wants.choice = match on_lag {
            OnLag::Gap | OnLag::Resume => Choice::All,
            OnLag::Latest => Choice::Newest,
            OnLag::Conflate => Choice::Current,
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
    pub(crate) fn go_on(&mut self, gap: &Gap, items: &[StreamItem]) -> Result<(), Problem> {
        let from = Position::parse(gap.from.as_str())?;
        self.front = Some(gap::snapshot(items, from, self.retry)?);
        self.stage = Stage::Front;
        Ok(())
    }

    /// The next frame, wherever it stands.
    #[inline(never)]
    fn poll_any(&mut self, cx: &mut Context<'_>) -> Poll<Result<Frame, FrameEnd>> {
        let polled = match (self.stage, self.parts.len()) {
            (Stage::Live, 1) => self.poll_one(cx),
            (Stage::Live, _) => self.poll_many(cx),
            _ => self.poll_stage(cx),
        };
        self.is_plain = self.stage == Stage::Live && !self.is_behind && self.wants.is_all();
        polled
    }

    /// What comes before the events of the log, or what ends it.
    #[cold]
    fn poll_stage(&mut self, cx: &mut Context<'_>) -> Poll<Result<Frame, FrameEnd>> {
        if self.stage == Stage::New {
            ready!(self.poll_begin(cx)).map_err(FrameEnd::Failed)?;
        }
        if let Some((bytes, events)) = self.front.take() {
            self.stage = match &self.start {
                Some(start) if start.gap.is_some() => Stage::Gap,
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
        self.wants.epoch = epoch;
        let Some(requested) = start.requested.clone() else {
            let history = start.history;
            return Poll::Ready(self.begin_new(epoch, history));
        };
        let reason = match Position::parse(&requested) {
            Err(_) => GapReason::Unknown,
            Ok(asked) if asked.epoch != epoch => GapReason::Epoch,
            Ok(asked) if asked.sequence > self.node.newest() => GapReason::Unknown,
            Ok(asked) => return self.poll_begin_again(asked, requested, cx),
        };
        Poll::Ready(self.tell_gap(reason, 0, Some(requested)))
    }

    fn give_back_start(&mut self) {
        if let Some(start) = self.start.take() {
            start.leave(&self.node.hub);
        }
    }

    fn begin_new(&mut self, epoch: Epoch, history: usize) -> Result<(), Problem> {
        let committed = self.node.hub.committed();
        for part in &mut self.parts {
            part.through = if history == 0 { committed } else { part.before_last(history) };
        }
        self.tell_ready(Position { epoch, sequence: self.through() })
    }

    /// Goes on from an id of this epoch.
    fn poll_begin_again(
        &mut self,
        asked: Position,
        requested: String,
        cx: &mut Context<'_>,
    ) -> Poll<Result<(), Problem>> {
        let choice = self.wants.choice;
        self.parts.iter_mut().for_each(|part| part.through = asked.sequence);
        let is_kept = self.parts.iter().all(|part| part.lost_through(choice) <= asked.sequence);
        self.is_behind = !is_kept && self.node.backplane.is_some();
        let is_whole = is_kept || (self.is_behind && ready!(self.poll_past(cx)));
        Poll::Ready(match is_whole {
            true => self.tell_ready(asked),
            false => self.tell_gap(GapReason::Evicted, asked.sequence, Some(requested)),
        })
    }

    fn tell_ready(&mut self, position: Position) -> Result<(), Problem> {
        self.give_back_start();
        self.front = Some((gap::ready(position, self.retry)?, 1));
        self.stage = Stage::Front;
        Ok(())
    }

    /// Goes on with what is left behind this number, and tells that it is not all.
    fn tell_gap(
        &mut self,
        reason: GapReason,
        after: u64,
        requested: Option<String>,
    ) -> Result<(), Problem> {
        self.give_back_start();
        self.node.gapped(reason);
        (self.is_behind, self.stage) = (false, Stage::Front);
        let (choice, epoch) = (self.wants.choice, self.wants.epoch);
        let committed = self.node.hub.committed();
        for part in &mut self.parts {
            part.through = match self.has_snapshot {
                true => committed,
                false => part.lost_through(choice).max(after).max(part.through),
            };
        }
        let from = Position { epoch, sequence: self.through() }.id();
        let gap = Gap { reason, requested, from };
        self.gaps.note(&gap);
        self.front = Some((gap::gap(&gap, self.retry, !self.has_snapshot)?, 1));
        if self.has_snapshot {
            self.start = Some(Box::new(Start { gap: Some(gap), ..Start::default() }));
        }
        Ok(())
    }

    /// Where the events that it needs next are gone: reads them from the engine for one who came
    /// back, and tells one who was there.
    #[cold]
    fn poll_lag(&mut self, read: &Read, cx: &mut Context<'_>) -> Poll<Result<Frame, FrameEnd>> {
        let requested = Position { epoch: self.wants.epoch, sequence: self.through() }.id();
        let requested = Some(requested.to_string());
        let told = if let Read::Foreign = read {
            self.wants.epoch = self.node.hub.epoch().unwrap_or(Epoch::UNKNOWN);
            self.parts.iter_mut().for_each(|part| part.through = 0);
            self.tell_gap(GapReason::Epoch, 0, requested)
        } else if self.is_behind {
            match ready!(self.poll_past(cx)) {
                true => return self.poll_any(cx),
                false => self.tell_gap(GapReason::Evicted, 0, requested),
            }
        } else {
            self.parts.iter().for_each(|part| part.warn_if_outrun(&self.node));
            if self.on_lag == OnLag::Resume {
                return Poll::Ready(Err(FrameEnd::Reconnect));
            }
            self.tell_gap(GapReason::Lagged, 0, requested)
        };
        told.map_err(FrameEnd::Failed)?;
        self.poll_stage(cx)
    }

    /// Gets what the log does not have any more from the engine. Says whether that has it whole.
    fn poll_past(&mut self, cx: &mut Context<'_>) -> Poll<bool> {
        let mut is_whole = true;
        for part in &mut self.parts {
            is_whole &= ready!(part.poll_past(&self.node, &self.wants, cx)) <= part.through;
        }
        Poll::Ready(is_whole)
    }

    /// Every event up to this number was sent, or told of.
    fn through(&self) -> u64 {
        self.parts.iter().map(|part| part.through).min().unwrap_or(0)
    }

    /// The next events of the only topic.
    fn poll_one(&mut self, cx: &mut Context<'_>) -> Poll<Result<Frame, FrameEnd>> {
        loop {
            let Some(part) = self.parts.first_mut() else {
                return Poll::Ready(Err(FrameEnd::Finished));
            };
            if !part.has_news() && part.wait(cx.waker(), &self.node.hub, self.wants.epoch) {
                self.is_behind = false;
                return Poll::Pending;
            }
            match part.read(&self.wants, u64::MAX) {
                Read::Run { bytes, events, .. } => {
                    self.node.lagged(events);
                    return Poll::Ready(Ok(Frame { bytes, events }));
                }
                Read::Passed(_) | Read::Nothing | Read::Loose => {}
                lost @ (Read::Lost | Read::Foreign) => {
                    return self.poll_lag(&lost, cx);
                }
            }
        }
    }

    /// Waits for news of all topics, unless there are some.
    fn wait(&self, cx: &mut Context<'_>) -> bool {
        let (hub, epoch) = (&self.node.hub, self.wants.epoch);
        self.parts.iter().all(|part| part.wait(cx.waker(), hub, epoch))
    }

    /// Notes that no topic has an event up to this number that was not given.
    fn pass(&mut self, last: u64) {
        if self.wants.choice != Choice::Newest {
            self.parts.iter_mut().for_each(|part| part.through = part.through.max(last));
        }
    }

    /// The next events of several topics, in the one order of the log.
    fn poll_many(&mut self, cx: &mut Context<'_>) -> Poll<Result<Frame, FrameEnd>> {
        loop {
            // Whatever has a number up to this one is in its ring by now.
            let committed = self.node.hub.committed();
            let read = match next(&mut self.parts, &self.wants, committed) {
                Some((part, bound)) => part.read(&self.wants, bound),
                None if self.node.hub.epoch() != Some(self.wants.epoch) => Read::Foreign,
                None => Read::Nothing,
            };
            match read {
                Read::Run { bytes, last, events } => {
                    self.pass(last);
                    self.node.lagged(events);
                    return Poll::Ready(Ok(Frame { bytes, events }));
                }
                Read::Nothing if self.wait(cx) => {
                    self.is_behind = false;
                    return Poll::Pending;
                }
                Read::Nothing | Read::Passed(_) | Read::Loose => {}
                lost @ (Read::Lost | Read::Foreign) => {
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
            self.parts = topics.map(join).map(Part::new).collect();
            // Only now: of a topic that is used, the newest event stays, however old it is.
            follow(&self.node);
        }
    }

    fn poll_frame(&mut self, cx: &mut Context<'_>) -> Poll<Result<Frame, FrameEnd>> {
        if self.is_plain
            && let [part] = &mut *self.parts
        {
            if !part.has_news() && part.wait(cx.waker(), &self.node.hub, self.wants.epoch) {
                return Poll::Pending;
            }
            if let Some(bytes) = part.read_last_alone(self.wants.epoch) {
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
        self.give_back_start();
        self.parts.iter().for_each(|part| part.leave(&self.node.hub));
    }
}

impl fmt::Debug for Subscription {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Subscription").field("parts", &self.parts).finish_non_exhaustive()
    }
}
