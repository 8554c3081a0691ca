//! The queue of events to write and of deletions.

use std::collections::VecDeque;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use hyperpoint_topics::BackplaneError;
use hyperpoint_topics::backplane::{Deleted, Draft, Stored};
use tokio::sync::oneshot;

use crate::erasing::Erasing;
use crate::event_size::size;

/// Size of the queued events, in bytes, above which no event is added.
const WAITING_BYTES: usize = 64 * 1024 * 1024;
/// Size of the events of one transaction, in bytes, at which no further event is added.
const GROUP_BYTES: usize = 16 * 1024 * 1024;
/// Maximum number of events of one transaction.
const GROUP_EVENTS: usize = 8_192;

/// A queued event, with the channel that answers its publisher.
#[derive(Debug)]
pub(crate) struct Waiting {
    pub(crate) draft: Draft,
    pub(crate) answer: oneshot::Sender<Result<Stored, BackplaneError>>,
}

/// Maximum number of queued deletions.
const DELETIONS: usize = 1_024;

/// A queued deletion, with the channel that answers its caller.
#[derive(Debug)]
pub(crate) struct WaitingDeletion {
    pub(crate) erasing: Erasing,
    pub(crate) answer: oneshot::Sender<Result<Deleted, BackplaneError>>,
}

/// The queue of the writer thread: events to write, and deletions.
#[derive(Debug, Default)]
pub(crate) struct Queue {
    state: Mutex<State>,
    is_news: Condvar,
}

#[derive(Debug, Default)]
struct State {
    waiting: VecDeque<Waiting>,
    bytes: usize,
    deletions: VecDeque<WaitingDeletion>,
    /// Whether the last task was a deletion, since events and deletions take turns.
    has_deleted: bool,
    is_closed: bool,
}

/// The next task of the writer.
#[derive(Debug)]
pub(crate) enum Work {
    Write(Vec<Waiting>),
    /// A deletion, of which the next part is to be run.
    Delete(WaitingDeletion),
    /// No event and no deletion arrived within the `patience` of [`Queue::next`].
    Nothing,
    /// The queue is closed, and no event waits.
    End,
}

impl Queue {
    /// Adds an event, unless the queue is full or closed. Returns whether it was added.
    pub(crate) fn push(&self, waiting: Waiting) -> bool {
        let mut state = self.lock();
        let has_room = state.bytes <= WAITING_BYTES && !state.is_closed;
        if has_room {
            state.bytes += size(&waiting.draft);
            state.waiting.push_back(waiting);
            drop(state);
            self.is_news.notify_one();
        }
        has_room
    }

    /// Adds a deletion, unless the queue is full or closed. Returns whether it was added.
    pub(crate) fn push_deletion(&self, deletion: WaitingDeletion) -> bool {
        let mut state = self.lock();
        let has_room = state.deletions.len() < DELETIONS && !state.is_closed;
        if has_room {
            state.deletions.push_back(deletion);
            drop(state);
            self.is_news.notify_one();
        }
        has_room
    }

    /// Returns whether the queue has a purge whose end is not set.
    pub(crate) fn has_endless_purge(&self) -> bool {
        self.lock().deletions.iter().any(|deletion| deletion.erasing.is_endless())
    }

    /// Ends the queued purges at `last_seq`, unless their ends are set, so that they do not delete
    /// events published later.
    pub(crate) fn end_purges(&self, last_seq: u64) {
        self.lock().deletions.iter_mut().for_each(|deletion| deletion.erasing.end_at(last_seq));
    }

    /// Puts an unfinished deletion back at the front of the queue.
    pub(crate) fn put_back(&self, deletion: WaitingDeletion) {
        self.lock().deletions.push_front(deletion);
    }

    /// Closes the queue. It rejects further events and deletions.
    pub(crate) fn close(&self) {
        self.lock().is_closed = true;
        self.is_news.notify_one();
    }

    /// Waits up to `patience` for an event, a deletion or the closing of the queue, and returns the
    /// next task. If events wait and the queue is open, sleeps for `flush_every` first, so that
    /// more events join the transaction. Events and deletions take turns. If the queue is closed,
    /// drops the queued deletions.
    pub(crate) fn next(&self, patience: Duration, flush_every: Duration) -> Work {
        let nothing = |state: &mut State| {
            state.waiting.is_empty() && state.deletions.is_empty() && !state.is_closed
        };
        let waited = self.is_news.wait_timeout_while(self.lock(), patience, nothing);
        let (mut state, _) = waited.unwrap_or_else(PoisonError::into_inner);
        if !state.waiting.is_empty() && !state.is_closed && !flush_every.is_zero() {
            drop(state);
            std::thread::sleep(flush_every);
            state = self.lock();
        }
        if state.is_closed {
            state.deletions.clear();
        }
        let is_turn = state.waiting.is_empty() || !state.has_deleted;
        if let Some(deletion) = state.deletions.pop_front_if(|_| is_turn) {
            state.has_deleted = true;
            return Work::Delete(deletion);
        }
        state.has_deleted = false;
        match (state.waiting.is_empty(), state.is_closed) {
            (false, _) => Work::Write(state.take_group()),
            (true, true) => Work::End,
            (true, false) => Work::Nothing,
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn take_group(&mut self) -> Vec<Waiting> {
        let (mut group, mut bytes) = (Vec::new(), 0);
        while bytes < GROUP_BYTES && group.len() < GROUP_EVENTS {
            let Some(waiting) = self.waiting.pop_front() else { break };
            let size = size(&waiting.draft);
            self.bytes = self.bytes.saturating_sub(size);
            // An event with a key is written twice: to the log, and as the newest event of its key.
            bytes += if waiting.draft.key.is_some() { size * 2 } else { size };
            group.push(waiting);
        }
        group
    }
}
