//! Reading the newest event of each key from the backplane, for new subscribers that start with a
//! history.

use std::sync::atomic::Ordering;
use std::sync::{Arc, Weak};
use std::task::{Context, Poll, ready};

use crate::backplane::{Backplane, KeysQuery};
use crate::follow::{MAX_BACKOFF, MIN_BACKOFF, PAGE_BYTES, encode_page};
use crate::history::{CountedPage, NotLoading, Page};
use crate::node::Node;
use crate::position::Epoch;
use crate::seats::Seat;

/// Maximum number of keys of a limited list. A list of more keys has no limit.
const MOST_KEYS: usize = 8_192;

/// Returns the topic of a list of pages, given the name of the list.
pub(crate) fn topic_of_list(name: &str) -> &str {
    name.split_once(' ').map_or(name, |(_, topic)| topic)
}

/// The newest event of each key, up to a sequence after which a subscriber is sent every event.
#[derive(Clone, Debug)]
pub(crate) struct KeysThrough {
    topic: Arc<str>,
    /// Maximum number of keys of the list.
    count: usize,
    /// The name of the list of pages in the cache: `count`, a space, and the topic.
    name: Arc<str>,
    pub(crate) through: u64,
    /// The sequence up to which the pages are read: no key of the topic has changed after it and up
    /// to `through`.
    pub(crate) last: u64,
    /// The pages must be at least as new as this committed sequence.
    as_of: u64,
}

impl KeysThrough {
    /// Creates the list for a subscriber that requested up to `count` keys. A count up to
    /// [`MOST_KEYS`] is rounded up to a power of two, and a higher count to unlimited, so that a
    /// topic has few lists. The list may therefore have more keys than requested.
    ///
    /// The subscriber is sent every event after `through`. No key of the topic has changed after
    /// `changed`.
    pub(crate) fn new(topic: &Arc<str>, count: usize, through: u64, changed: u64) -> Self {
        let count = if count > MOST_KEYS { usize::MAX } else { count.next_power_of_two() };
        let name = format!("{count} {topic}").into();
        let (topic, last) = (Arc::clone(topic), through.min(changed));
        Self { topic, count, name, through, last, as_of: changed }
    }

    /// Returns the page after this sequence, which is read once for all subscribers, or `None` if
    /// the backplane does not keep the newest events of keys.
    pub(crate) fn poll_page(
        &self,
        node: &Arc<Node>,
        epoch: Epoch,
        after: u64,
        waiting: (&Arc<Seat>, &mut Context<'_>),
    ) -> Poll<Option<Arc<CountedPage>>> {
        let Some(backplane) = &node.backplane else { return Poll::Ready(None) };
        if node.keeps_no_keys.load(Ordering::Acquire) {
            return Poll::Ready(None);
        }
        let page = ready!(node.keys.poll(&self.name, epoch, (after, self.as_of), waiting));
        if let Err(NotLoading) = &page {
            let (node, backplane) = (Arc::downgrade(node), Arc::clone(backplane));
            tokio::spawn(read(node, backplane, self.clone(), epoch));
        }
        page.map_or(Poll::Pending, |page| Poll::Ready(Some(page)))
    }
}

/// Reads a page into the cache, and retries after each failure. Stops if the node was dropped or is
/// in another epoch.
async fn read(node: Weak<Node>, backplane: Arc<dyn Backplane>, keys: KeysThrough, epoch: Epoch) {
    let KeysThrough { topic, count, name, .. } = keys;
    let mut backoff = MIN_BACKOFF;
    loop {
        let begin = |node: Arc<Node>| Some((node.keys.begin(&name)?, node.hub.committed()));
        let (after, as_of) = node.upgrade().and_then(begin).unwrap_or_default();
        let limit_keys = if after == 0 { count } else { usize::MAX };
        let query = KeysQuery { topic: &topic, after, limit_keys, limit_bytes: PAGE_BYTES };
        let read = backplane.read_keys(query).await;
        let Some(node) = node.upgrade() else {
            return;
        };
        if node.hub.epoch() != Some(epoch) {
            return node.keys.put(&name, None);
        }
        match read {
            Ok(None) => {
                node.keeps_no_keys.store(true, Ordering::Release);
                return node.keys.put(&name, None);
            }
            Ok(Some(page)) if page.epoch == epoch && page.through > after => {
                let page = Page { as_of, ..encode_page(&page, after, &node) };
                if page.evicted_through > after {
                    tracing::warn!(
                        ?topic,
                        sequence = page.evicted_through,
                        "the newest event of a key is damaged, or exceeds \
                         `TopicsOptions::max_event_bytes`; new subscribers are sent a `gap`"
                    );
                }
                return node.keys.put(&name, Some(page));
            }
            Ok(Some(_)) => tracing::warn!(
                ?topic,
                "the backplane does not have the newest events of keys yet; retrying"
            ),
            Err(error) => {
                node.failed(&error);
                let source = std::error::Error::source(&error).map(ToString::to_string);
                tracing::warn!(%error, source, "cannot read the newest events of keys; retrying");
            }
        }
        drop(node);
        tokio::time::sleep(backoff.mul_f64(0.5 + fastrand::f64())).await;
        backoff = MAX_BACKOFF.min(backoff * 2);
    }
}
