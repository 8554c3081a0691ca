//! One event to many, by hand: it is encoded once, every stream shares its bytes, and a stream is a
//! place in the list of them.

use std::collections::VecDeque;
use std::fmt::Write;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};

use bytes::Bytes;

/// How many events are kept for streams that come back or fall behind.
const KEPT: usize = 1024;

/// The events, and who waits for the next.
#[derive(Default)]
pub(crate) struct Hub(Mutex<State>);

#[derive(Default)]
struct State {
    /// The number of the oldest event that is kept.
    first: u64,
    events: VecDeque<Bytes>,
    waiting: Vec<Waker>,
    /// How often the streams were kept alive.
    beats: u64,
}

impl Hub {
    /// Sends an event to every stream.
    pub(crate) fn publish(&self, data: &str) {
        let mut state = self.lock();
        let mut event = String::with_capacity(data.len() + 64);
        // Writing to a string can't fail.
        let _ = write!(event, "id: {}\nevent: tick\ndata: {data}\n\n", state.next());
        state.events.push_back(event.into());
        if state.events.len() > KEPT {
            state.events.pop_front();
            state.first += 1;
        }
        wake(state);
    }

    /// Sends a comment to every stream.
    pub(crate) fn keep_alive(&self) {
        let mut state = self.lock();
        state.beats += 1;
        wake(state);
    }

    /// A stream of what comes, or of what came after this id.
    pub(crate) fn subscribe(self: &Arc<Self>, last_id: Option<u64>) -> Subscription {
        let state = self.lock();
        let next = last_id.map_or(state.next(), |id| id + 1);
        let beats = state.beats;
        Subscription { hub: Arc::clone(self), next, beats, is_waiting: false }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn next(&self) -> u64 {
        self.first + self.events.len() as u64
    }
}

fn wake(mut state: MutexGuard<'_, State>) {
    let room = Vec::with_capacity(state.waiting.len());
    let waiting = std::mem::replace(&mut state.waiting, room);
    drop(state);
    waiting.into_iter().for_each(Waker::wake);
}

/// One stream: a place among the events.
pub(crate) struct Subscription {
    hub: Arc<Hub>,
    next: u64,
    beats: u64,
    /// Whether the hub has the waker of this stream. It is that of one task for as long as the
    /// stream lives, and what wakes it is the hub: all of it is woken, or none.
    is_waiting: bool,
}

impl Subscription {
    /// What is next on the wire.
    pub(crate) fn poll_next(&mut self, cx: &mut Context<'_>) -> Poll<Bytes> {
        let mut state = self.hub.lock();
        let index = usize::try_from(self.next.saturating_sub(state.first)).unwrap_or(usize::MAX);
        if let Some(event) = state.events.get(index) {
            self.next = self.next.max(state.first) + 1;
            self.is_waiting = false;
            return Poll::Ready(event.clone());
        }
        if self.beats != state.beats {
            (self.beats, self.is_waiting) = (state.beats, false);
            return Poll::Ready(Bytes::from_static(b":\n"));
        }
        if !self.is_waiting {
            state.waiting.push(cx.waker().clone());
            self.is_waiting = true;
        }
        Poll::Pending
    }
}
