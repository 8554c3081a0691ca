//! Owns the tasks by which a node follows its engine, and reads what is older than its log.

use std::sync::{Arc, PoisonError, Weak};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use futures_util::StreamExt;
use hyperpoint_sse::UnsequencedEvent;

use crate::backplane::{self, Backplane, BackplaneError, Entry, Following};
use crate::history::{NotRead, Page};
use crate::log::{Block, Meta, NewEvent, Single};
use crate::node::Node;
use crate::position::{Epoch, Position};

/// The wait after a failure, which doubles up to the longest.
const FIRST_WAIT: Duration = Duration::from_millis(50);
const LONGEST_WAIT: Duration = Duration::from_secs(2);
/// An event that the engine has comes sooner than this, or there is none.
const LATE: Duration = Duration::from_secs(2);
const FOLLOWING: &str = "follow the log of topics";
/// How much is read from the engine at once.
const PAGE_BYTES: usize = 256 * 1024;

/// Has the node follow its engine, if it has one and does not do so yet.
pub(crate) fn follow(node: &Arc<Node>) {
    let Some(backplane) = &node.backplane else {
        return;
    };
    let mut follower = node.follower.lock().unwrap_or_else(PoisonError::into_inner);
    if follower.as_ref().is_none_or(tokio::task::JoinHandle::is_finished) {
        let (node, backplane) = (Arc::downgrade(node), Arc::clone(backplane));
        *follower = Some(tokio::spawn(run(node, backplane)));
    }
}

async fn run(node: Weak<Node>, backplane: Arc<dyn Backplane>) {
    let mut wait = FIRST_WAIT;
    while let Some((position, preload)) =
        node.upgrade().map(|node| (node.hub.position(), node.preload_events))
    {
        let begun = match position {
            Some(position) => go_on(&node, &*backplane, position).await,
            None => begin(&node, &*backplane, preload).await,
        };
        let error = match begun {
            Ok(following) => {
                wait = FIRST_WAIT;
                take_all(&node, following).await
            }
            Err(error) => error,
        };
        let source = std::error::Error::source(&error).map(ToString::to_string);
        tracing::warn!(%error, source, "topics do not follow their engine; trying again");
        tokio::time::sleep(wait.mul_f64(0.5 + fastrand::f64())).await;
        wait = LONGEST_WAIT.min(wait * 2);
    }
}

/// Goes on from where the node is.
async fn go_on(
    node: &Weak<Node>,
    backplane: &dyn Backplane,
    position: Position,
) -> Result<Following, BackplaneError> {
    let following = backplane.follow(Some(position)).await?;
    used(node)?.hub.start(following.position);
    Ok(following)
}

/// Begins with so many of the newest events. Subscribers wait until they are there: to one that
/// comes they are the past.
async fn begin(
    node: &Weak<Node>,
    backplane: &dyn Backplane,
    preload: u64,
) -> Result<Following, BackplaneError> {
    let mut following = backplane.follow(None).await?;
    let end = following.position;
    let from = Position { sequence: end.sequence.saturating_sub(preload), ..end };
    if from != end {
        following = backplane.follow(Some(from)).await?;
    }
    let Position { epoch, mut sequence } = following.position;
    used(node)?.hub.fill_from(following.position);
    while epoch == end.epoch && sequence < end.sequence {
        match tokio::time::timeout(LATE, take(node, &mut following)).await {
            Ok(taken) => sequence = taken?,
            // The last numbers have no event.
            Err(_) => break,
        }
    }
    used(node)?.hub.open();
    Ok(following)
}

fn used(node: &Weak<Node>) -> Result<Arc<Node>, BackplaneError> {
    let unused = || BackplaneError::new(FOLLOWING, "nobody needs it any more");
    node.upgrade().ok_or_else(unused)
}

/// Takes what the engine has until that ends, which is an error.
async fn take_all(node: &Weak<Node>, mut following: Following) -> BackplaneError {
    loop {
        if let Err(error) = take(node, &mut following).await {
            return error;
        }
    }
}

/// Takes the next event of the engine, and gives its number.
async fn take(node: &Weak<Node>, following: &mut Following) -> Result<u64, BackplaneError> {
    let ended = || BackplaneError::new(FOLLOWING, "it ended");
    let entry = following.entries.next().await.ok_or_else(ended)??;
    let node = used(node)?;
    let Entry { topic, sequence, key, at, .. } = &entry;
    let key = key.as_deref().map(Arc::from);
    if let Some(event) = encoded(&entry, node.max_event_bytes) {
        let new = NewEvent { topic, limits: None, event, key, once: None };
        node.hub.append_at(*sequence, at.elapsed().unwrap_or_default(), new);
    } else {
        tracing::warn!(topic, sequence, "an event of an engine is too large; left out");
    }
    Ok(*sequence)
}

/// The part of a topic's past that goes on from this number, read once for all who ask.
pub(crate) fn poll_page(
    node: &Arc<Node>,
    topic: &Arc<str>,
    epoch: Epoch,
    after: u64,
    cx: &mut Context<'_>,
) -> Poll<Arc<Page>> {
    let page = ready!(node.history.poll(topic, epoch, after, cx));
    if let (Err(NotRead), Some(backplane)) = (&page, &node.backplane) {
        let (node, backplane) = (Arc::downgrade(node), Arc::clone(backplane));
        tokio::spawn(read(node, backplane, Arc::clone(topic), epoch));
    }
    page.map_or(Poll::Pending, Poll::Ready)
}

/// Reads a page until that is done, or nobody can use it any more.
async fn read(node: Weak<Node>, backplane: Arc<dyn Backplane>, topic: Arc<str>, epoch: Epoch) {
    let mut wait = FIRST_WAIT;
    loop {
        let after = node.upgrade().and_then(|node| node.history.wanted(&topic)).unwrap_or(0);
        let read = backplane.read(&topic, after, PAGE_BYTES).await;
        let Some(node) = node.upgrade() else {
            return;
        };
        if node.hub.epoch() != Some(epoch) {
            return node.history.put(&topic, None);
        }
        match read {
            Ok(page) if page.epoch == epoch && page.through > after => {
                return node.history.put(&topic, Some(kept(&page, after, node.max_event_bytes)));
            }
            Ok(_) => tracing::warn!(?topic, "the engine does not have the past of a topic yet"),
            Err(error) => {
                let source = std::error::Error::source(&error).map(ToString::to_string);
                tracing::warn!(%error, source, "the past of a topic can't be read; trying again");
            }
        }
        drop(node);
        tokio::time::sleep(wait.mul_f64(0.5 + fastrand::f64())).await;
        wait = LONGEST_WAIT.min(wait * 2);
    }
}

/// A page of the engine, encoded.
fn kept(page: &backplane::Page, after: u64, max_event_bytes: usize) -> Page {
    let single = |entry: &Entry| {
        let position = Position { epoch: page.epoch, sequence: entry.sequence };
        let key = entry.key.as_deref().map(Arc::from);
        let meta = Meta { sequence: entry.sequence, at_ms: 0, key, is_superseded: false };
        Some(Single { meta, bytes: encoded(entry, max_event_bytes)?.with_id(&position.id()) })
    };
    let singles = page.entries.iter().filter_map(single).collect();
    let (epoch, through, evicted_through) = (page.epoch, page.through, page.evicted_through);
    Page { epoch, after, through, evicted_through, events: Block::join(None, singles) }
}

/// An event of the engine as it is sent; none where it is too large.
fn encoded(entry: &Entry, max_event_bytes: usize) -> Option<UnsequencedEvent> {
    UnsequencedEvent::text(entry.name.as_ref(), &Position::ROOM, &entry.data, max_event_bytes).ok()
}
