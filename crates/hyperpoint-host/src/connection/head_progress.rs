//! How far the head of an event stream's response is on its way through hyper.

use std::sync::atomic::{AtomicU8, Ordering::Relaxed};

/// How far the head of an event stream's response is. The body of the stream is held back until the head
/// was sent, and then leaves hyper.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Head {
    /// No head is awaited: the response is no event stream, or its body goes through hyper.
    Unawaited,
    /// hyper has the head, and has not sent all of it.
    Awaited,
    /// All of the head was sent and nothing else, and another request may follow the stream.
    Sent,
    /// All of the head was sent and nothing else, and the stream ends its connection.
    SentLast,
    /// The head was not sent as expected.
    Unexpected,
}

/// The progress of a connection's head, shared by its socket, its response and its task.
#[derive(Debug, Default)]
pub(super) struct HeadProgress(AtomicU8);

impl HeadProgress {
    const ALL: [Head; 5] =
        [Head::Unawaited, Head::Awaited, Head::Sent, Head::SentLast, Head::Unexpected];

    #[inline]
    pub(super) fn get(&self) -> Head {
        let at = usize::from(self.0.load(Relaxed));
        Self::ALL.get(at).copied().unwrap_or(Head::Unawaited)
    }

    #[inline]
    pub(super) fn is(&self, head: Head) -> bool {
        self.0.load(Relaxed) == head as u8
    }

    pub(super) fn set(&self, head: Head) {
        self.0.store(head as u8, Relaxed);
    }
}
