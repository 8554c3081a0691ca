//! Outlets, through which one task sends the same frame to many event streams without waking the
//! task of each stream.

use std::cell::OnceCell;
use std::fmt;
use std::ops::Range;
use std::sync::Arc;
use std::task::Waker;

use bytes::Bytes;
use tokio::time::Instant;

/// A handle to the socket of one event stream, for a task that sends the same frame to many
/// streams.
///
/// Through an outlet, frames are written only to a parked stream. The stream's own task parks the
/// stream, and unparks it before the task uses the socket in any other way. Positions are ascending
/// sequence numbers that the source assigns.
///
/// A server implements this trait for its sockets, and passes the outlet to a [`Parkable`] body. A
/// source that sends frames to outlets implements [`FrameSource::park`](super::FrameSource::park).
pub trait Outlet: Send + Sync {
    /// Parks the stream at this position, the position of the last event sent. Returns `false`
    /// without parking it if [`position`](Self::position), [`send`](Self::send) or
    /// [`wake`](Self::wake) was called while the stream was unparked; the source of the stream must
    /// then be polled again.
    fn park(&self, position: u64, parking: &Parking<'_>) -> bool;

    /// Returns the position of the stream, or `None` if it is not parked.
    fn position(&self) -> Option<u64>;

    /// Sends a frame without waiting, if the stream is parked and the frame
    /// [follows](Delivery::follows) its position. If the socket does not accept the whole frame,
    /// unparks the stream and wakes its task, which sends the remaining bytes.
    fn send(&self, delivery: &Delivery) -> Sending;

    /// Unparks the stream and wakes its task. If the stream is not parked, the next call of
    /// [`park`](Self::park) returns `false`.
    fn wake(&self);
}

/// The result of sending a frame to one stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sending {
    /// The frame was sent, and the stream is still parked.
    Sent,
    /// The socket did not accept the whole frame. The stream was unparked, and its task was woken
    /// to send the remaining bytes.
    Part,
    /// The frame was not sent, because the frame does not [follow](Delivery::follows) the position
    /// of the stream. The stream is still parked.
    Elsewhere,
    /// The frame was not sent, because the stream is not parked. The stream's own task sends the
    /// events.
    Unparked,
}

/// The parameters with which a stream is parked.
#[derive(Clone, Copy)]
pub struct Parking<'a> {
    /// The outlet of the stream.
    pub outlet: &'a Arc<dyn Outlet>,
    /// The waker of the stream's task.
    pub waker: &'a Waker,
    /// The earliest time at which a frame also wakes the task, so that the frames sent through the
    /// outlet are added to the counters of the stream. `None` if the counters are not observed.
    /// Servers set `None`; a body whose counters are observed sets a time.
    pub report_at: Option<Instant>,
}

impl fmt::Debug for Parking<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Parking").field("report_at", &self.report_at).finish_non_exhaustive()
    }
}

/// A frame, and the positions of the streams to which it is sent: the streams that lack exactly the
/// events of the frame.
///
/// # Examples
///
/// ```
/// use hyperpoint::sse::stream::Delivery;
///
/// let delivery = Delivery::new("data: 1\n\n".into(), 1, 4..7, 7);
/// assert!(delivery.follows(4) && delivery.follows(6) && !delivery.follows(7));
/// let chunk = delivery.encoded(|frame| [b"9\r\n", &frame[..], b"\r\n"].concat().into());
/// assert_eq!(chunk, "9\r\ndata: 1\n\n\r\n");
/// ```
#[derive(Debug)]
pub struct Delivery {
    bytes: Bytes,
    events: u32,
    /// The positions of streams that lack exactly the events of the frame.
    positions: Range<u64>,
    /// The position of a stream after the frame was sent to it.
    position: u64,
    at: Instant,
    encoded: OnceCell<Bytes>,
}

impl Delivery {
    /// Creates the delivery of a frame with these bytes and this number of events to the streams at
    /// `positions`. After the delivery, the streams are at `position`.
    #[must_use]
    pub fn new(bytes: Bytes, events: u32, positions: Range<u64>, position: u64) -> Self {
        let (at, encoded) = (Instant::now(), OnceCell::new());
        Self { bytes, events, positions, position, at, encoded }
    }

    /// Returns whether a stream at this position lacks exactly the events of the frame.
    #[must_use]
    #[inline]
    pub fn follows(&self, position: u64) -> bool {
        self.positions.contains(&position)
    }

    /// Returns the number of events in the frame.
    #[must_use]
    pub fn events(&self) -> u32 {
        self.events
    }

    /// Returns the number of bytes of the frame.
    #[must_use]
    #[expect(clippy::len_without_is_empty, reason = "a frame is not empty")]
    pub fn len(&self) -> usize {
        self.bytes.len()
    }

    /// Returns the time at which the delivery was created.
    #[must_use]
    pub fn at(&self) -> Instant {
        self.at
    }

    /// Returns the position of a stream after the frame was sent to it.
    #[must_use]
    pub fn position(&self) -> u64 {
        self.position
    }

    /// Returns the frame.
    #[must_use]
    pub fn frame(&self) -> &Bytes {
        &self.bytes
    }

    /// Returns the frame as outlets send it, such as a chunk of HTTP/1.1. Only the first call runs
    /// `encode`, because all outlets of a process encode a frame in the same way.
    #[inline]
    pub fn encoded(&self, encode: impl FnOnce(&Bytes) -> Bytes) -> &Bytes {
        self.encoded.get_or_init(|| encode(&self.bytes))
    }
}

/// A summary of the frames sent through an outlet since its stream was parked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Delivered {
    /// The position after the last frame.
    pub position: u64,
    /// The time at which the delivery of the last frame was created ([`Delivery::at`]).
    pub at: Instant,
    /// The number of bytes of the frames.
    pub bytes: u64,
    /// The number of events of the frames.
    pub events: u32,
}

/// The body of an event stream whose socket a server can share with a source of frames.
pub trait Parkable {
    /// Returns whether the source of the stream sends frames through outlets.
    fn accepts_outlet(&self) -> bool;

    /// Offers the outlet to the source, which may park the stream. Called after a poll that
    /// returned `Pending`, once all earlier frames were sent.
    fn park(&mut self, parking: Parking<'_>);

    /// Records the frames that were sent through the outlet. Called after the stream was unparked,
    /// before the next poll.
    fn note_delivered(&mut self, delivered: &Delivered);
}
