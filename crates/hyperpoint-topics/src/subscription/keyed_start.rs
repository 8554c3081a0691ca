//! The start of a new subscription that is sent the newest event of each key before the events of
//! the log.

use std::sync::Arc;
use std::task::{Context, Poll, ready};

use super::topic_cursor::{PastReading, TopicCursor};
use crate::key_pages::KeysThrough;
use crate::log::{Query, Read};
use crate::node::Node;
use crate::position::Epoch;

impl TopicCursor {
    /// Moves the cursor to the start of the list of the newest events of keys, or past the list if
    /// it is empty. The list ends before the last `count` events of the topic.
    pub(super) fn poll_first_keys(
        &mut self,
        node: &Arc<Node>,
        epoch: Epoch,
        count: usize,
        cx: &mut Context<'_>,
    ) -> Poll<()> {
        if self.past.is_none() {
            let committed = node.hub.committed();
            let through = self.before_last(count).unwrap_or(committed);
            // Read after `through` was computed, so that a key that changes from here on changes
            // after `through`.
            let changed = node.hub.keys_changed_through(&self.channel.name);
            let keys = Some(KeysThrough::new(&self.channel.name, count, through, changed));
            self.past = Some(Box::new(PastReading { keys, ..PastReading::default() }));
            self.through = 0;
            self.drop_passed();
        }
        let has_begun = self.past.as_ref().is_some_and(|past| past.page.is_some());
        if has_begun || !self.is_at_keys() {
            return Poll::Ready(());
        }
        ready!(self.poll_keys(node, epoch, cx));
        if let (Some(keys), Some(page)) = (self.keys(), self.page(epoch)) {
            // The list may have more than `count` keys. It is cut to `count` keys if this page has
            // the whole list.
            let count = if page.through < keys.last { usize::MAX } else { count };
            // The event `ready` has the id of this position.
            let before = page.before_last(count).unwrap_or(page.through);
            self.through = before.min(keys.through);
            self.drop_passed();
        }
        Poll::Ready(())
    }

    /// Reads the page with the next of the newest events of keys. If the backplane does not keep
    /// these events, moves past them. Returns the sequence up to which this node cannot send them,
    /// or 0.
    pub(super) fn poll_keys(
        &mut self,
        node: &Arc<Node>,
        epoch: Epoch,
        cx: &mut Context<'_>,
    ) -> Poll<u64> {
        if let Some(page) = self.covering_page(epoch) {
            return Poll::Ready(page.evicted_through);
        }
        let Some(past) = &mut self.past else { return Poll::Ready(0) };
        let Some(keys) = &past.keys else { return Poll::Ready(0) };
        // Drops the page before the wait, because its memory counts towards the limit on all pages,
        // and other subscribers may wait for free capacity.
        past.page = None;
        past.page = ready!(keys.poll_page(node, epoch, self.through, (&past.seat, cx)));
        Poll::Ready(if let Some(page) = &past.page {
            page.evicted_through
        } else {
            self.through = keys.through;
            self.past = None;
            0
        })
    }

    /// Reads the next events from the page with the newest events of keys.
    pub(super) fn read_keys(&self, query: &Query<'_>) -> Read {
        if self.channel.ring().epoch != query.epoch {
            return Read::WrongEpoch;
        }
        self.page(query.epoch).map_or(Read::Lost, |page| page.read(query))
    }

    /// Returns the list of the newest events of keys, or `None` if the cursor is not within it.
    pub(super) fn keys(&self) -> Option<&KeysThrough> {
        self.past.as_ref()?.keys.as_ref()
    }

    /// Returns whether the newest events of keys are sent next.
    pub(super) fn is_at_keys(&self) -> bool {
        self.keys().is_some()
    }

    /// Drops the page that was read from the backplane, and the list of keys.
    pub(super) fn forget_past(&mut self) {
        self.past = None;
    }
}
