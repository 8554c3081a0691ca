//! Owns the pages read from the backplane for clients that resume at an id older than the log of this
//! node. Each page is read once for all subscribers that need it.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};

use crate::log::{Block, Query, Read, read_block};
use crate::position::Epoch;

/// Maximum size of all pages together, in bytes. The page that was read first is dropped first.
const BYTES: usize = 32 * 1024 * 1024;

/// Consecutive events of one topic, read from the backplane.
#[derive(Debug)]
pub(crate) struct Page {
    pub(crate) epoch: Epoch,
    pub(crate) after: u64,
    /// The page has every event of the topic after `after` and up to this sequence that the backplane
    /// keeps.
    pub(crate) through: u64,
    /// Events up to this sequence may be evicted from the backplane.
    pub(crate) evicted_through: u64,
    pub(crate) events: Block,
}

/// A cache of pages read from the backplane.
#[derive(Debug, Default)]
pub(crate) struct History(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    pages: VecDeque<(Arc<str>, Arc<Page>)>,
    bytes: usize,
    /// The topics that a task is reading a page of.
    loading: HashMap<Arc<str>, Loading>,
}

/// A page that is being read.
#[derive(Debug)]
struct Loading {
    /// The lowest sequence that a waiting subscriber resumes after.
    after: u64,
    /// The subscribers that wait for the page.
    waiting: Vec<Waker>,
}

impl Page {
    /// Returns whether the page has the events just after this position.
    pub(crate) fn covers(&self, epoch: Epoch, after: u64) -> bool {
        self.epoch == epoch && self.after <= after && after < self.through
    }

    /// Returns whether the page has every event just after this position: the backplane has lost none of
    /// them.
    pub(crate) fn is_whole_after(&self, epoch: Epoch, after: u64) -> bool {
        self.covers(epoch, after) && self.evicted_through <= after
    }

    /// Returns the sequence of the first event after this one, or of the end of the page.
    pub(crate) fn next_sequence(&self, after: u64) -> u64 {
        let next = self.events.event(self.events.after(after));
        next.map_or(self.through, |(meta, _)| meta.sequence)
    }

    /// Answers a query that the page covers.
    pub(crate) fn read(&self, query: &Query<'_>) -> Read {
        match read_block(&self.events, query) {
            Read::Nothing => Read::Skipped(self.through.min(query.through)),
            read => read,
        }
    }
}

impl History {
    /// Returns a page that covers this position. If there is none, registers the waker, and returns
    /// [`NotLoading`] if no task is reading the page yet, so that the caller starts one.
    pub(crate) fn poll(
        &self,
        topic: &Arc<str>,
        epoch: Epoch,
        after: u64,
        cx: &mut Context<'_>,
    ) -> Poll<Result<Arc<Page>, NotLoading>> {
        let mut state = self.lock();
        let mut pages = state.pages.iter();
        let page = pages.find(|(name, page)| name == topic && page.covers(epoch, after));
        if let Some((_, page)) = page {
            return Poll::Ready(Ok(Arc::clone(page)));
        }
        if let Some(loading) = state.loading.get_mut(topic) {
            loading.after = loading.after.min(after);
            loading.waiting.push(cx.waker().clone());
            return Poll::Pending;
        }
        let waiting = vec![cx.waker().clone()];
        state.loading.insert(Arc::clone(topic), Loading { after, waiting });
        Poll::Ready(Err(NotLoading))
    }

    /// Returns the sequence after which the topic must be read, if a subscriber waits for a page.
    pub(crate) fn wanted(&self, topic: &str) -> Option<u64> {
        self.lock().loading.get(topic).map(|loading| loading.after)
    }

    /// Stores a page, if it could be read, and wakes the subscribers that wait for it.
    pub(crate) fn put(&self, topic: &Arc<str>, page: Option<Page>) {
        let mut state = self.lock();
        if let Some(page) = page {
            state.bytes += page.events.len();
            state.pages.push_back((Arc::clone(topic), Arc::new(page)));
        }
        while state.bytes > BYTES && state.pages.len() > 1 {
            if let Some((_, page)) = state.pages.pop_front() {
                state.bytes -= page.events.len();
            }
        }
        let loading = state.loading.remove(topic);
        drop(state);
        for waker in loading.into_iter().flat_map(|loading| loading.waiting) {
            waker.wake();
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// No task is reading the page yet.
#[derive(Debug)]
pub(crate) struct NotLoading;
