//! Owns what was read from the engine for those who come back with an id older than the log of this
//! node: each part of the past is read once for all who ask.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};

use crate::log::{Block, Query, Read, read_block};
use crate::position::Epoch;

/// All pages together are bounded by this; the ones that were read first go first.
const BYTES: usize = 32 * 1024 * 1024;

/// A part of one topic's past.
#[derive(Debug)]
pub(crate) struct Page {
    pub(crate) epoch: Epoch,
    pub(crate) after: u64,
    /// It has all events of the topic up to this number that the engine keeps.
    pub(crate) through: u64,
    /// Events up to this number may be gone.
    pub(crate) evicted_through: u64,
    pub(crate) events: Block,
}

/// The parts of the past that were read.
#[derive(Debug, Default)]
pub(crate) struct History(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    pages: VecDeque<(Arc<str>, Arc<Page>)>,
    bytes: usize,
    /// For each topic of which something is being read, who waits, and the least number asked for.
    loading: HashMap<Arc<str>, Loading>,
}

#[derive(Debug)]
struct Loading {
    after: u64,
    waiting: Vec<Waker>,
}

impl Page {
    /// Whether it goes on from this number.
    pub(crate) fn covers(&self, epoch: Epoch, after: u64) -> bool {
        self.epoch == epoch && self.after <= after && after < self.through
    }

    /// The number of the event behind this one, or where the page ends.
    pub(crate) fn next_sequence(&self, after: u64) -> u64 {
        let next = self.events.event(self.events.after(after));
        next.map_or(self.through, |(meta, _)| meta.sequence)
    }

    /// What it has for this query, which it covers.
    pub(crate) fn read(&self, query: &Query<'_>) -> Read {
        match read_block(&self.events, query) {
            Read::Nothing => Read::Passed(self.through.min(query.through)),
            read => read,
        }
    }
}

impl History {
    /// The page that goes on from this number. Where there is none it is waited for, and the answer
    /// says whether nobody reads it yet, so that the caller has it read.
    pub(crate) fn poll(
        &self,
        topic: &Arc<str>,
        epoch: Epoch,
        after: u64,
        cx: &mut Context<'_>,
    ) -> Poll<Result<Arc<Page>, NotRead>> {
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
        Poll::Ready(Err(NotRead))
    }

    /// From which number on the topic is to be read.
    pub(crate) fn wanted(&self, topic: &str) -> Option<u64> {
        self.lock().loading.get(topic).map(|loading| loading.after)
    }

    /// Keeps a page, or nothing where none can be had any more, and wakes who waits.
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

/// Nobody reads it yet.
#[derive(Debug)]
pub(crate) struct NotRead;
