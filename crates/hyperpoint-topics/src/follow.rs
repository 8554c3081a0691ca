//! The background tasks of a node with a backplane: one follows the log of the backplane, and
//! others read events that are older than the log in memory.

use std::collections::HashSet;
use std::sync::{Arc, PoisonError, Weak};
use std::task::{Context, Poll, ready};
use std::time::{Duration, SystemTime};

use futures_util::StreamExt;
use hyperpoint_sse::UnsequencedEvent;
use tokio::runtime::Handle;
use tokio::time::Instant;

use crate::backplane::{self, Backplane, BackplaneError, Entry, Following, Lookup, PageQuery};
use crate::counting::count_log;
use crate::history::{CountedPage, NotLoading, Page};
use crate::log::{Block, Meta, NewEvent, Single, TooManyDeletions};
use crate::node::{Follower, Node};
use crate::position::{Epoch, Position};
use crate::seats::Seat;

/// The delay before the first retry. It doubles with each failure, up to [`MAX_BACKOFF`], and is
/// multiplied by a random factor from 0.5 to 1.5.
pub(crate) const MIN_BACKOFF: Duration = Duration::from_millis(50);
/// Maximum delay before a retry, without the random factor.
pub(crate) const MAX_BACKOFF: Duration = Duration::from_secs(2);
/// Maximum delay between two events while preloading. A longer delay is taken to mean that there is
/// no further event.
const PRELOAD_TIMEOUT: Duration = Duration::from_secs(2);
/// Maximum number of entries that preloading reads for each event to preload. Deletions and expired
/// events are entries too, and a log may have many of them.
const ENTRIES_PER_EVENT: u64 = 4;
/// The operation that the errors of this module report.
const FOLLOWING: &str = "follow the log of topics";
/// Limit on the size of a page read from the backplane, in bytes of data.
pub(crate) const PAGE_BYTES: usize = 256 * 1024;

/// Starts the task that follows the backplane, if the node has a backplane and no such task runs.
/// In that case, also starts the task that reports the counts of the log.
pub(crate) fn follow(node: &Arc<Node>) {
    let Some(backplane) = &node.backplane else {
        return;
    };
    let mut follower = node.follower.lock().unwrap_or_else(PoisonError::into_inner);
    if follower.as_ref().is_none_or(|follower| follower.task.is_finished()) {
        let task = tokio::spawn(run(Arc::downgrade(node), Arc::clone(backplane)));
        *follower = Some(Follower { task, runtime: Handle::current() });
        drop(follower);
        count_log(node);
    }
}

/// Follows the backplane, and retries after each failure, while the node exists.
async fn run(node: Weak<Node>, backplane: Arc<dyn Backplane>) {
    let mut backoff = MIN_BACKOFF;
    while let Some((position, preload)) =
        node.upgrade().map(|node| (node.hub.position(), node.preload_events))
    {
        let started = match position {
            Some(position) => resume(&node, &*backplane, position).await,
            None => preload_newest(&node, &*backplane, preload).await,
        };
        let error = match started {
            Ok(followed) => {
                backoff = MIN_BACKOFF;
                append_all(&node, followed).await
            }
            Err(error) => error,
        };
        node.upgrade().inspect(|node| node.failed(&error));
        let source = std::error::Error::source(&error).map(ToString::to_string);
        tracing::warn!(%error, source, "cannot follow the log of the backplane; retrying");
        tokio::time::sleep(backoff.mul_f64(0.5 + fastrand::f64())).await;
        backoff = MAX_BACKOFF.min(backoff * 2);
    }
}

/// Follows the backplane after the last event of the node.
async fn resume(
    node: &Weak<Node>,
    backplane: &dyn Backplane,
    position: Position,
) -> Result<Followed, BackplaneError> {
    upgrade(node)?.hub.begin_following();
    let following = backplane.follow(Some(position)).await?;
    let node = upgrade(node)?;
    if node.hub.position() != Some(following.position) {
        // The skipped entries may delete events that cached pages contain.
        node.history.forget();
        node.keys.forget();
    }
    node.hub.start(following.position);
    Ok(following.into())
}

/// A log that is followed, with the time at which following began.
struct Followed {
    following: Following,
    since: Instant,
}

impl From<Following> for Followed {
    fn from(following: Following) -> Self {
        Self { following, since: Instant::now() }
    }
}

impl Followed {
    /// Returns the time on the clock of the backplane, which may differ from that of this node.
    fn now(&self) -> SystemTime {
        self.following.now.checked_add(self.since.elapsed()).unwrap_or(self.following.now)
    }
}

/// Follows the backplane from `preload` events before its end. New subscribers wait until these
/// events are in the log; otherwise they would receive them as new events. Subscribers that resume
/// wait only until the backplane is followed.
async fn preload_newest(
    node: &Weak<Node>,
    backplane: &dyn Backplane,
    preload: u64,
) -> Result<Followed, BackplaneError> {
    upgrade(node)?.hub.begin_following();
    let mut followed = Followed::from(backplane.follow(None).await?);
    let end = followed.following.position;
    let mut span = preload.min(end.sequence);
    upgrade(node)?.hub.fill_from(end);
    while span > 0 {
        let from = Position { sequence: end.sequence - span, ..end };
        upgrade(node)?.hub.begin_following();
        followed = backplane.follow(Some(from)).await?.into();
        let begun = followed.following.position;
        upgrade(node)?.hub.fill_from(begun);
        upgrade(node)?.hub.admit_resuming();
        let found = append_through(node, &mut followed, end).await?;
        if found.suffices(preload) || from.sequence == 0 || begun != from {
            break;
        }
        // Not every sequence has an event, so the span must be longer.
        let missing = span.saturating_mul(preload - found.events) / found.events.max(1);
        let longer = span.saturating_add(missing.max(1)).min(span.saturating_mul(4));
        span = longer.min(end.sequence);
    }
    upgrade(node)?.hub.open();
    Ok(followed)
}

/// The number of entries that were read while preloading, and of events among them that this node
/// has.
#[derive(Clone, Copy, Default)]
struct Preloaded {
    entries: u64,
    events: u64,
}

impl Preloaded {
    fn suffices(self, preload: u64) -> bool {
        self.events >= preload || self.entries >= preload.saturating_mul(ENTRIES_PER_EVENT)
    }
}

/// Appends the entries up to this position, and counts them. Stops early if no entry arrives within
/// [`PRELOAD_TIMEOUT`].
async fn append_through(
    node: &Weak<Node>,
    followed: &mut Followed,
    end: Position,
) -> Result<Preloaded, BackplaneError> {
    let Position { epoch, mut sequence } = followed.following.position;
    let mut found = Preloaded::default();
    while epoch == end.epoch && sequence < end.sequence {
        // If no entry arrives, the last sequences have none.
        let Ok(taken) = tokio::time::timeout(PRELOAD_TIMEOUT, append_next(node, followed)).await
        else {
            break;
        };
        let is_event;
        (sequence, is_event) = taken?;
        found.entries += 1;
        found.events += u64::from(is_event);
    }
    Ok(found)
}

/// Returns the node, or an error if it was dropped.
fn upgrade(node: &Weak<Node>) -> Result<Arc<Node>, BackplaneError> {
    let dropped = || BackplaneError::new(FOLLOWING, "the `Topics` of this node were dropped");
    node.upgrade().ok_or_else(dropped)
}

/// Appends the entries of the backplane until following fails, and returns the error.
async fn append_all(node: &Weak<Node>, mut followed: Followed) -> BackplaneError {
    loop {
        if let Err(error) = append_next(node, &mut followed).await {
            return error;
        }
    }
}

/// Appends the next event of the backplane, or applies its next deletion. Returns the sequence of
/// the entry, and whether the entry is an event that this node has now.
async fn append_next(
    node: &Weak<Node>,
    followed: &mut Followed,
) -> Result<(u64, bool), BackplaneError> {
    let ended = || BackplaneError::new(FOLLOWING, "the backplane closed the stream of events");
    let entry = followed.following.entries.next().await.ok_or_else(ended)??;
    let node = upgrade(node)?;
    let Entry { topic, sequence, key, at, deletes, .. } = &entry;
    if let Some(which) = deletes {
        node.delete(topic, *which);
        node.hub.pass_deletion(topic, *which, key.as_deref(), *sequence);
        return Ok((*sequence, false));
    }
    let age = followed.now().duration_since(*at).unwrap_or_default();
    let added = if entry.is_expired(followed.now()) {
        node.hub.pass_event(topic, key.as_deref(), *sequence);
        Ok(false)
    } else if let Some(event) = encode(&entry, node.max_event_bytes) {
        let (key, expires_after) = (key.as_deref().map(Arc::from), entry.expires_after);
        let new = NewEvent { topic, limits: None, event, key, expires_after, once: None };
        node.hub.append_at(entry.position(), age, new).map(|()| true)
    } else {
        tracing::warn!(
            topic,
            sequence,
            "an event of the backplane exceeds `TopicsOptions::max_event_bytes`; subscribers are \
             sent a `gap`"
        );
        node.hub.lose(topic, key.as_deref(), *sequence).map(|()| false)
    };
    added.map(|is_event| (*sequence, is_event)).map_err(|TooManyDeletions| {
        let fault =
            "the deletions of events that this node has not received yet exceed their memory limit";
        BackplaneError::new(FOLLOWING, fault)
    })
}

/// Returns the page of a topic that covers this position. Each page is read once for all
/// subscribers.
pub(crate) fn poll_page(
    node: &Arc<Node>,
    topic: &Arc<str>,
    epoch: Epoch,
    after: u64,
    waiting: (&Arc<Seat>, &mut Context<'_>),
) -> Poll<Arc<CountedPage>> {
    let page = ready!(node.history.poll(topic, epoch, (after, 0), waiting));
    if let (Err(NotLoading), Some(backplane)) = (&page, &node.backplane) {
        let (node, backplane) = (Arc::downgrade(node), Arc::clone(backplane));
        tokio::spawn(read(node, backplane, Arc::clone(topic), epoch));
    }
    page.map_or(Poll::Pending, Poll::Ready)
}

/// Reads a page into the cache, and retries after each failure. Stops if the node was dropped or is
/// in another epoch.
async fn read(node: Weak<Node>, backplane: Arc<dyn Backplane>, topic: Arc<str>, epoch: Epoch) {
    let mut backoff = MIN_BACKOFF;
    loop {
        let after = node.upgrade().and_then(|node| node.history.begin(&topic)).unwrap_or(0);
        let read = backplane.read(PageQuery::after(&topic, after, PAGE_BYTES)).await;
        let Some(node) = node.upgrade() else {
            return;
        };
        if node.hub.epoch() != Some(epoch) {
            return node.history.put(&topic, None);
        }
        match read {
            Ok(page) if page.epoch == epoch && page.through > after => {
                let page = encode_page(&page, after, &node);
                let bounds = (after, page.through, page.evicted_through);
                let is_known = node.hub.note_read(&topic, epoch, bounds, page.events.count() == 0);
                return node.history.put(&topic, (!is_known).then_some(page));
            }
            Ok(_) => tracing::warn!(
                ?topic,
                "the backplane does not have the history of a topic yet; retrying"
            ),
            Err(error) => {
                node.failed(&error);
                let source = std::error::Error::source(&error).map(ToString::to_string);
                tracing::warn!(%error, source, "cannot read the history of a topic; retrying");
            }
        }
        drop(node);
        tokio::time::sleep(backoff.mul_f64(0.5 + fastrand::f64())).await;
        backoff = MAX_BACKOFF.min(backoff * 2);
    }
}

/// Looks up a position in the log of the backplane, and retries after each failure, and until the
/// node is in the generation that the backplane reports.
pub(crate) async fn look_up(
    node: Arc<Node>,
    backplane: Arc<dyn Backplane>,
    position: Position,
) -> Lookup {
    let mut backoff = MIN_BACKOFF;
    loop {
        match backplane.look_up(position).await {
            Ok(found) if node.hub.epoch() == Some(found.epoch) => return found,
            Ok(_) => {}
            Err(error) => {
                node.failed(&error);
                let source = std::error::Error::source(&error).map(ToString::to_string);
                tracing::warn!(
                    %error,
                    source,
                    "cannot look up the event id of a client in the backplane; retrying"
                );
            }
        }
        tokio::time::sleep(backoff.mul_f64(0.5 + fastrand::f64())).await;
        backoff = MAX_BACKOFF.min(backoff * 2);
    }
}

/// Encodes a page of the backplane, without expired events. An event that is too large counts as
/// evicted if no encoded event precedes it; otherwise the page ends before it.
pub(crate) fn encode_page(page: &backplane::Page, after: u64, node: &Node) -> Page {
    let (mut through, mut evicted_through) = (page.through, page.evicted_through);
    let mut singles = Vec::new();
    let now_ms = node.hub.now_ms();
    let is_superseded = superseded(&page.entries);
    let all = page.entries.iter().zip(is_superseded);
    for (entry, is_superseded) in all.filter(|(entry, _)| !entry.is_expired(page.now)) {
        match encode(entry, node.max_event_bytes) {
            Some(event) => {
                let key = entry.key.as_deref().map(Arc::from);
                let meta =
                    Meta::new(entry.sequence, now_ms, key).expiring(entry.expires_in(page.now));
                let meta = Meta { is_superseded, ..meta };
                singles.push(Single::new(meta, event, &entry.position().id()));
            }
            None if singles.is_empty() => evicted_through = evicted_through.max(entry.sequence),
            None => {
                through = entry.sequence - 1;
                break;
            }
        }
    }
    let events = Block::join(None, singles);
    Page { epoch: page.epoch, after, through, evicted_through, as_of: u64::MAX, events }
}

/// Returns, for each event of a page, whether a later event of the page has the same key. The later
/// event may have expired.
fn superseded(entries: &[Entry]) -> Vec<bool> {
    let mut later = HashSet::new();
    let keys = entries.iter().rev().map(|entry| entry.key.as_deref());
    let mut superseded: Vec<_> =
        keys.map(|key| key.is_some_and(|key| !later.insert(key))).collect();
    superseded.reverse();
    superseded
}

/// Encodes an event of the backplane, or returns `None` if it is too large. A reserved name, which
/// another program may have stored, is left out.
pub(crate) fn encode(entry: &Entry, max_event_bytes: usize) -> Option<UnsequencedEvent> {
    UnsequencedEvent::text(
        entry.name.as_ref().filter(|name| name.check_unreserved().is_ok()),
        &Position::PLACEHOLDER,
        &entry.data,
        max_event_bytes,
    )
    .ok()
}
