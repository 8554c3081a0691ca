//! Where ready frames come from, for streams that share their bytes with others.

use std::any::Any;
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;

use crate::problem::Problem;

/// Encoded events that are ready to be sent as they are.
#[derive(Clone, Debug)]
pub struct Frame {
    /// Whole events, or whole lines of comments.
    pub bytes: Bytes,
    /// How many events they are.
    pub events: u32,
}

/// A source of frames whose bytes it may share with other streams: nothing of them is copied for
/// this one.
///
/// It is plain data that the body of the answer polls by itself. The handler sleeps meanwhile: it
/// is polled when it is woken, and when the source ends.
pub trait FrameSource: Any + Send + 'static {
    /// Told once, before it is polled: what the client has, and how long it is to wait before it
    /// comes back, which belongs on the first event.
    fn open(&mut self, last_event_id: Option<&str>, retry: Duration);

    /// The next frame, which is not empty, or why there is none any more.
    ///
    /// # Cancel safety
    ///
    /// A frame that was given is sent, unless the client leaves.
    fn poll_frame(&mut self, cx: &mut Context<'_>) -> Poll<Result<Frame, FrameEnd>>;

    /// Returns how many gaps it has reported so far, for the [`StreamReport`](super::StreamReport).
    /// Default: 0.
    fn gaps(&self) -> u32 {
        0
    }

    /// Told that the stream is to end, for its age or the host's: what is still to be said before
    /// the event `reconnect`. Not polled again after it. Default: nothing.
    fn close(&mut self) -> Option<Frame> {
        None
    }
}

/// Why a source gives no more frames.
#[derive(Debug)]
#[non_exhaustive]
pub enum FrameEnd {
    /// It is through: an event `done` where that was asked for, and a clean end.
    Finished,
    /// The client is to come back: an event `reconnect`, and a clean end.
    Reconnect,
    /// It failed, as a stream of a user's may.
    Failed(Problem),
    /// It waits for the handler, which the stream's `between` hands it to, and goes on after that.
    Paused,
}
