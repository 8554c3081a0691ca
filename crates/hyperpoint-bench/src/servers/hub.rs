//! A minimal topic for raw hyper: an event is encoded once, all streams share its bytes, and a
//! stream is an index into the list of events.

use std::collections::VecDeque;
use std::fmt::Write;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};

use bytes::Bytes;

/// The number of events kept for streams that reconnect or lag.
const KEPT: usize = 1024;

/// The events of the topic, and the wakers of the streams that wait for the next one.
#[derive(Default)]
pub(crate) struct Hub(Mutex<State>);

#[derive(Default)]
struct State {
    /// The sequence number of the oldest event kept.
    first: u64,
    events: VecDeque<Bytes>,
    waiting: Vec<Waker>,
    /// The number of keep-alives sent.
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

    /// Sends a keep-alive comment to every stream.
    pub(crate) fn keep_alive(&self) {
        let mut state = self.lock();
        state.beats += 1;
        wake(state);
    }

    /// Opens a stream of the events after `last_id`, or of future events if `last_id` is `None`.
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
    /// Returns the sequence number of the next event.
    fn next(&self) -> u64 {
        self.first + self.events.len() as u64
    }
}

/// Releases the lock, and then wakes all waiting streams.
fn wake(mut state: MutexGuard<'_, State>) {
    let empty = Vec::with_capacity(state.waiting.len());
    let waiting = std::mem::replace(&mut state.waiting, empty);
    drop(state);
    waiting.into_iter().for_each(Waker::wake);
}

/// One stream of the topic.
pub(crate) struct Subscription {
    hub: Arc<Hub>,
    /// The sequence number of the next event to send.
    next: u64,
    /// The hub's number of keep-alives when this stream last sent one.
    beats: u64,
    /// Whether the hub has the waker of this stream. The stream belongs to one task, and only the
    /// hub wakes it, so the waker does not have to be replaced.
    is_waiting: bool,
}

impl Subscription {
    /// Polls for the next bytes to send: an event or a keep-alive.
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
