//! The progress of hyper in sending the head of an event stream's response.

use std::sync::atomic::{AtomicU8, Ordering::Relaxed};

/// The progress of the head of an event stream's response. The body of the stream is held back
/// until the head was sent, and is then sent without hyper.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Head {
    /// No head is awaited: the response is not an event stream, or hyper sends its body.
    Unawaited,
    /// hyper has not sent all of the head yet.
    Awaited,
    /// Exactly the head was sent, and another request may follow the stream.
    Sent,
    /// Exactly the head was sent, and the connection ends after the stream.
    SentLast,
    /// The written bytes are not exactly the head.
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
