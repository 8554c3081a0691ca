//! The cache of pages that are read from the backplane, for clients that resume at an id older than
//! the log of this node, and for new subscribers that are sent the newest event of each key. Each
//! page is read once for all subscribers that need it.

use std::collections::{HashMap, VecDeque};
use std::hash::{BuildHasher, RandomState};
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};

use crate::deleted_meanwhile::DeletedMeanwhile;
use crate::deletion::Deletion;
use crate::log::{Block, Meta, Query, Read, read_block};
use crate::position::Epoch;
use crate::seats::{Seat, Seats};

/// Upper bound of the limit on all pages together, in bytes.
const MOST_BYTES: usize = 64 * 1024 * 1024;
/// Lower bound of the limit on all pages together, in bytes.
const LEAST_BYTES: usize = 1024 * 1024;
/// Divisor of the memory limit on all topics, which gives the limit on all pages.
const SHARE: usize = 4;
/// Maximum number of pages that are read at the same time.
const READS: usize = 16;
/// Maximum number of subscribers waiting for free capacity that are woken when a page is stored or
/// dropped. If no other page is being read, `put` wakes all of them.
const WOKEN: usize = 64;
/// Approximate memory of a page without its events, in bytes.
const PAGE_BYTES: usize = 256;
/// Number of counters of deletions. Topics share them by the hashes of their names.
const COUNTERS: usize = 64;

/// A page of one topic, read from the backplane: consecutive events, or the newest event of each
/// key.
#[derive(Clone, Debug)]
pub(crate) struct Page {
    pub(crate) epoch: Epoch,
    pub(crate) after: u64,
    /// The page has every such event after `after` and up to this sequence that the backplane
    /// keeps.
    pub(crate) through: u64,
    /// Events up to this sequence may have been evicted from the backplane.
    pub(crate) evicted_through: u64,
    /// The last committed sequence when the read began. A page of the newest event of each key is
    /// out of date once a key has changed after this sequence. `u64::MAX` for pages of consecutive
    /// events, which do not go out of date.
    pub(crate) as_of: u64,
    pub(crate) events: Block,
}

/// A page whose memory counts towards the limit until its last holder drops the page.
#[derive(Debug)]
pub(crate) struct CountedPage {
    page: Page,
    bytes: usize,
    /// The index of the deletion counter of the topic.
    counter: usize,
    /// The value of the deletion counter up to which deleted events were removed from the page.
    deletions: AtomicU64,
    line: Arc<Line>,
}

/// A cache of pages read from the backplane, and the queue of subscribers that wait for free
/// capacity.
#[derive(Debug)]
pub(crate) struct History {
    state: Mutex<State>,
    line: Arc<Line>,
    limit_bytes: usize,
    hasher: RandomState,
    /// A function that returns the topic of a list of pages, given the name of the list.
    topic_of: fn(&str) -> &str,
}

#[derive(Debug, Default)]
struct State {
    pages: VecDeque<(Arc<str>, Arc<CountedPage>)>,
    /// The pages that tasks are reading, by the name of their list.
    loading: HashMap<Arc<str>, Loading>,
}

/// The state that the cache shares with its pages: their total size, the counters of deletions, and
/// the queue of subscribers that wait for free capacity.
#[derive(Debug)]
struct Line {
    bytes: AtomicUsize,
    /// Counters of deletions. A page that a subscriber holds, and that is no longer in the cache,
    /// may contain events that were deleted later. `CountedPage::deletions` is then lower than the
    /// counter.
    deletions: [AtomicU64; COUNTERS],
    waiting: Mutex<Seats>,
}

/// A page that is being read.
#[derive(Debug)]
struct Loading {
    /// The lowest sequence after which a waiting subscriber resumes.
    after: u64,
    /// The subscribers that wait for the page.
    waiting: Seats,
    /// The deletions since the read began, or `None` if the node may have missed some.
    deleted: Option<DeletedMeanwhile>,
}

impl Page {
    /// Returns whether the page has the events just after this position.
    pub(crate) fn covers(&self, epoch: Epoch, after: u64) -> bool {
        self.epoch == epoch && self.after <= after && after < self.through
    }

    /// Returns the sequence of the next event to read, if the page has one.
    pub(crate) fn next_sequence(&self, query: &Query<'_>) -> Option<u64> {
        self.events.next_sequence(query)
    }

    /// Returns the sequence just before the last `count` events of the page, or before its first
    /// event if it has fewer. Returns `None` if the page has no event. Deleted events do not count.
    pub(crate) fn before_last(&self, count: usize) -> Option<u64> {
        let mut kept = self.events.metas().filter(|meta| !meta.is_deleted);
        let skipped = kept.clone().count().saturating_sub(count);
        kept.nth(skipped).map(|first| first.sequence - 1)
    }

    /// Answers a query that the page covers.
    pub(crate) fn read(&self, query: &Query<'_>) -> Read {
        match read_block(&self.events, query) {
            Read::Nothing => Read::Skipped(self.through.min(query.through)),
            read => read,
        }
    }

    /// Returns the approximate memory of the page, in bytes.
    fn memory(&self) -> usize {
        let metas = self.events.metas();
        let each =
            |meta: &Meta| size_of::<Meta>() + meta.key.as_ref().map_or(8, |key| key.len() + 24);
        PAGE_BYTES + self.events.len() + metas.map(each).sum::<usize>()
    }
}

impl CountedPage {
    /// Returns whether the page covers this position and certainly has no deleted events. Events up
    /// to `evicted_through` may be lost.
    pub(crate) fn covers(&self, epoch: Epoch, after: u64) -> bool {
        self.is_current() && self.page.covers(epoch, after)
    }

    fn is_current(&self) -> bool {
        self.deletions.load(Ordering::Acquire) == self.line.deletions(self.counter)
    }
}

impl std::ops::Deref for CountedPage {
    type Target = Page;

    fn deref(&self) -> &Page {
        &self.page
    }
}

impl Drop for CountedPage {
    fn drop(&mut self) {
        self.line.bytes.fetch_sub(self.bytes, Ordering::AcqRel);
        self.line.advance(WOKEN);
    }
}

impl History {
    /// Creates an empty cache. `limit_bytes` is the memory limit over all topics, from which the
    /// limit on pages is computed. `topic_of` returns the topic of a list of pages, given the name
    /// of the list.
    pub(crate) fn new(limit_bytes: usize, topic_of: fn(&str) -> &str) -> Self {
        let limit_bytes = (limit_bytes / SHARE).clamp(LEAST_BYTES, MOST_BYTES);
        let deletions = std::array::from_fn(|_| AtomicU64::new(0));
        let (bytes, waiting) = (AtomicUsize::new(0), Mutex::new(Seats::in_line()));
        let line = Arc::new(Line { bytes, deletions, waiting });
        Self { state: Mutex::default(), line, limit_bytes, hasher: RandomState::new(), topic_of }
    }

    /// Returns a page that covers this position, and is not older than `as_of`. If there is none,
    /// registers the subscriber's waker, and returns [`NotLoading`] if no task is reading the page
    /// yet, so that the caller starts one. While too many pages are read or held, the subscriber is
    /// queued until a page is stored or dropped.
    pub(crate) fn poll(
        &self,
        topic: &Arc<str>,
        epoch: Epoch,
        (after, as_of): (u64, u64),
        (seat, cx): (&Arc<Seat>, &mut Context<'_>),
    ) -> Poll<Result<Arc<CountedPage>, NotLoading>> {
        let mut state = self.lock();
        let mut pages = state.pages.iter();
        let page = pages
            .find(|(name, page)| name == topic && page.as_of >= as_of && page.covers(epoch, after));
        if let Some((_, page)) = page {
            return Poll::Ready(Ok(Arc::clone(page)));
        }
        if let Some(loading) = state.loading.get_mut(topic) {
            loading.after = loading.after.min(after);
            loading.waiting.add(seat, cx.waker());
            return Poll::Pending;
        }
        let dropped = self.trim(&mut state);
        if state.loading.len() >= READS || self.bytes() >= self.limit_bytes {
            self.line.lock().add(seat, cx.waker());
            drop(state);
            drop(dropped);
            return Poll::Pending;
        }
        let mut waiting = Seats::at_page();
        waiting.add(seat, cx.waker());
        let deleted = Some(DeletedMeanwhile::new(after));
        state.loading.insert(Arc::clone(topic), Loading { after, waiting, deleted });
        drop(state);
        drop(dropped);
        Poll::Ready(Err(NotLoading))
    }

    /// Records that the read of a page begins. Returns the sequence after which the page must be
    /// read, or `None` if no subscriber has requested it.
    pub(crate) fn begin(&self, topic: &str) -> Option<u64> {
        let mut state = self.lock();
        let loading = state.loading.get_mut(topic)?;
        loading.deleted = Some(DeletedMeanwhile::new(loading.after));
        Some(loading.after)
    }

    /// Stores a page, if there is one to keep, without the events that were deleted since
    /// [`begin`](Self::begin), and wakes the subscribers that wait for it. Discards the page if
    /// deletions may have been missed.
    pub(crate) fn put(&self, topic: &Arc<str>, page: Option<Page>) {
        let mut state = self.lock();
        let mut loading = state.loading.remove(topic);
        let deleted = loading.as_mut().and_then(|loading| loading.deleted.take());
        if let (Some(mut page), Some(deleted)) = (page, deleted) {
            page.through = deleted.remove_from(&mut page.events, page.through);
            state.pages.push_back((Arc::clone(topic), self.counted(topic, page)));
        }
        let is_idle = state.loading.is_empty();
        let dropped = self.trim(&mut state);
        drop(state);
        drop(dropped);
        let woken = loading.map(|mut loading| loading.waiting.take(usize::MAX));
        woken.into_iter().flatten().for_each(Waker::wake);
        // A woken subscriber may have been dropped. If no page is being read, no later call would
        // wake the others.
        self.line.advance(if is_idle { usize::MAX } else { WOKEN });
    }

    /// Deletes events of a topic from the pages of the cache, and from those that are being read.
    pub(crate) fn delete(&self, topic: &str, which: Deletion) {
        let (range, counter, mut dropped) = (which.range(), self.counter(topic), Vec::new());
        let mut state = self.lock();
        let is_of_topic = |name: &str| (self.topic_of)(name) == topic;
        let loading = state.loading.iter_mut().filter(|(name, _)| is_of_topic(name));
        let deleted = loading.filter_map(|(_, loading)| loading.deleted.as_mut());
        deleted.for_each(|deleted| deleted.record(which));
        let deletions = self.line.count_deletion(counter);
        for (name, page) in state.pages.iter_mut().filter(|(_, page)| page.counter == counter) {
            if is_of_topic(name) && page.events.has(range) {
                let mut left = page.page.clone();
                left.events.delete(range);
                dropped.push(std::mem::replace(page, self.counted(name, left)));
            } else {
                page.deletions.store(deletions, Ordering::Release);
            }
        }
        // Unlocked before pages are dropped, which wakes subscribers.
        drop(state);
        drop(dropped);
    }

    /// Drops all pages of the cache, discards the pages that are being read, and marks the pages
    /// that subscribers hold as out of date: any of their events may have been deleted.
    pub(crate) fn forget(&self) {
        let mut state = self.lock();
        state.loading.values_mut().for_each(|loading| loading.deleted = None);
        for counter in 0..COUNTERS {
            self.line.count_deletion(counter);
        }
        let dropped = std::mem::take(&mut state.pages);
        // Unlocked before pages are dropped, which wakes subscribers.
        drop(state);
        drop(dropped);
    }

    /// Counts a page of the list with this name towards the limit.
    fn counted(&self, name: &str, page: Page) -> Arc<CountedPage> {
        let (counter, line) = (self.counter((self.topic_of)(name)), Arc::clone(&self.line));
        let deletions = AtomicU64::new(line.deletions(counter));
        let bytes = page.memory() + name.len();
        line.bytes.fetch_add(bytes, Ordering::AcqRel);
        Arc::new(CountedPage { page, bytes, counter, deletions, line })
    }

    /// Returns the index of the counter of deletions in a topic.
    fn counter(&self, topic: &str) -> usize {
        let counters = COUNTERS as u64;
        usize::try_from(self.hasher.hash_one(topic) % counters).unwrap_or_default()
    }

    /// Returns the approximate memory of all pages, in bytes.
    pub(crate) fn bytes(&self) -> usize {
        self.line.bytes.load(Ordering::Acquire)
    }

    /// Removes the oldest pages from the cache while all pages exceed half of their limit. The
    /// other half is for pages that subscribers hold. Keeps the newest page, since a subscriber may
    /// wait for it. The caller drops the removed pages after it has unlocked the state.
    fn trim(&self, state: &mut State) -> Vec<(Arc<str>, Arc<CountedPage>)> {
        let mut dropped = Vec::new();
        let mut bytes = self.bytes();
        while bytes > self.limit_bytes / 2 && state.pages.len() > 1 {
            let Some((topic, page)) = state.pages.pop_front() else { break };
            // A page that a subscriber holds counts until it is dropped.
            bytes -= page.bytes * usize::from(Arc::strong_count(&page) == 1);
            dropped.push((topic, page));
        }
        dropped
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Line {
    /// Wakes up to `count` subscribers that wait for free capacity.
    fn advance(&self, count: usize) {
        let woken = self.lock().take(count);
        woken.into_iter().for_each(Waker::wake);
    }

    /// Counts a deletion, and returns the value of the counter.
    fn count_deletion(&self, counter: usize) -> u64 {
        let counter = self.deletions.get(counter);
        counter.map_or(0, |deletions| deletions.fetch_add(1, Ordering::AcqRel) + 1)
    }

    fn deletions(&self, counter: usize) -> u64 {
        self.deletions.get(counter).map_or(0, |deletions| deletions.load(Ordering::Acquire))
    }

    fn lock(&self) -> MutexGuard<'_, Seats> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The result of [`History::poll`] if no task is reading the page yet.
#[derive(Debug)]
pub(crate) struct NotLoading;

#[cfg(test)]
mod tests {
    use super::*;

    /// Returns the number of subscribers that wait for pages being read, and the number that wait
    /// for free capacity.
    fn listed(history: &History) -> (usize, usize) {
        let loading = history.lock().loading.values().map(|loading| loading.waiting.len()).sum();
        (loading, history.line.lock().len())
    }

    #[test]
    fn subscribers_that_wait_for_an_unavailable_engine_are_listed_once_and_not_after_they_left() {
        let (history, epoch) = (History::new(0, |topic| topic), Epoch::random());
        let mut cx = Context::from_waker(Waker::noop());
        let topics: Vec<Arc<str>> = (0..=READS).map(|topic| topic.to_string().into()).collect();
        let mut poll = |topic: &Arc<str>, seat: &Arc<Seat>| {
            history.poll(topic, epoch, (0, 0), (seat, &mut cx))
        };
        let seats: Vec<_> = topics.iter().map(|_| Arc::<Seat>::default()).collect();
        // No read completes; streams are polled again with each keep-alive comment.
        for round in 0..100 {
            for (topic, seat) in topics.iter().zip(&seats) {
                let is_started = matches!(poll(topic, seat), Poll::Ready(Err(NotLoading)));
                assert_eq!(is_started, round == 0 && **topic != *READS.to_string());
            }
            assert_eq!(listed(&history), (READS, 1), "the last topic waits for free capacity");
        }
        for _ in 0..10_000 {
            assert!(poll(&topics[0], &Arc::default()).is_pending());
            assert!(poll(&topics[READS], &Arc::default()).is_pending());
        }
        let (loading, line) = listed(&history);
        assert!(loading < READS + 200 && line < 200, "{loading} {line}");
        history.put(&topics[0], None);
        let (loading, line) = listed(&history);
        assert_eq!((loading, line < 200), (READS - 1, true));
    }
}
