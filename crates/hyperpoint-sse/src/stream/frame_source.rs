//! Sources of encoded frames, for streams that share their bytes with other streams.

use std::any::Any;
use std::error::Error;
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;

use super::kind::StreamKind;
use super::outlet::Parking;

/// Encoded events that are ready to be sent.
#[derive(Clone, Debug)]
pub struct Frame {
    /// Complete events, or complete comment lines.
    pub bytes: Bytes,
    /// The number of events of the application in `bytes`, for the
    /// [`StreamReport`](super::StreamReport).
    pub events: u32,
}

/// A source of frames whose bytes may be shared with other streams, without copying them for each.
///
/// The response body polls the source directly. It polls the code that writes the stream, such as a
/// handler, only if the code was woken and the source has no frame ready, and when the source ends
/// or pauses.
pub trait FrameSource: Any + Send + 'static {
    /// Prepares the source. Called once, before the first poll.
    fn open(&mut self, start: FrameStart<'_>);

    /// Returns the next frame, which must not be empty, or the reason why no frame follows.
    ///
    /// The body sends each frame that this method returns, unless the client disconnects. After an
    /// `Err`, the source is polled again only if it has paused and is resumed.
    fn poll_frame(&mut self, cx: &mut Context<'_>) -> Poll<Result<Frame, FrameEnd>>;

    /// Returns the number of gaps that the source has reported so far, for the
    /// [`StreamReport`](super::StreamReport). Default: 0.
    fn gaps(&self) -> u32 {
        0
    }

    /// Returns whether the source may [park](Self::park) its stream. Default: `false`.
    fn accepts_outlet(&self) -> bool {
        false
    }

    /// Parks the stream, so that a task of the source sends the next frames through the stream's
    /// outlet. Called after [`poll_frame`](Self::poll_frame) returned `Pending`; the waker of that
    /// poll stays registered if the stream is not parked. Default: does nothing.
    fn park(&mut self, parking: Parking<'_>) {
        let _ = parking;
    }

    /// Moves the source to `position`, up to which events were sent through the outlet. Called
    /// before the first poll after these events. Default: does nothing.
    fn advance(&mut self, position: u64) {
        let _ = position;
    }
}

/// The parameters with which a source of frames starts.
#[derive(Clone, Copy, Debug, Default)]
pub struct FrameStart<'a> {
    /// The client's last event id, or `None` if the client sent none.
    pub last_event_id: Option<&'a str>,
    /// The reconnection delay that the source puts on its first event, or `None` to send none.
    pub retry: Option<Duration>,
    /// The kind of the stream. With `AsWritten`, only events of the application are sent.
    pub kind: StreamKind,
}

/// The reason why a source returns no frame: it has ended, or it has paused.
#[derive(Debug)]
#[non_exhaustive]
pub enum FrameEnd {
    /// The source has finished. The stream ends, after an event `done` if the options enable it.
    Finished,
    /// The client is to reconnect. A stream for `EventSource` ends after an event `reconnect`; a
    /// stream of the kind `AsWritten` ends without an event.
    Reconnect,
    /// Events are missing, and the application sends nothing in their place. A stream of the kind
    /// `AsWritten` is cut; a stream for `EventSource` ends with an event `reconnect`.
    Gap,
    /// The source failed. The stream ends like any failed stream.
    Failed(Box<dyn Error + Send + Sync>),
    /// The source waits for the code that writes the stream, which takes the source and can resume
    /// it.
    Paused,
}
