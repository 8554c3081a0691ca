//! Outlets: through them one task sends the same frame to many event streams, whose tasks sleep.

use std::cell::OnceCell;
use std::fmt;
use std::ops::Range;
use std::sync::Arc;
use std::task::Waker;

use bytes::Bytes;
use tokio::time::Instant;

/// The socket of an event stream, as a task has it that sends one frame to many streams.
///
/// Only a parked stream is written to: its own task has parked it, and unparks it before it does anything
/// else with the socket. Positions are numbers of the source, in ascending order.
///
/// A server implements it for its sockets, and passes it to a [`Parkable`] body. A source that sends frames
/// to outlets implements [`FrameSource::park`](super::FrameSource::park).
pub trait Outlet: Send + Sync {
    /// Parks the stream, all of whose events up to this position were sent. Returns `false` if another task
    /// came for it since it was unparked: its source is then to be polled again.
    fn park(&self, position: u64, parking: &Parking<'_>) -> bool;

    /// Returns the position of the stream, or `None` if it is not parked.
    fn position(&self) -> Option<u64>;

    /// Sends a frame, without waiting. What the socket does not accept is left to the task of the stream,
    /// which is woken.
    fn send(&self, delivery: &Delivery) -> Sending;

    /// Unparks the stream and wakes its task.
    fn wake(&self);
}

/// What became of a frame for one stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sending {
    /// It was sent, and the stream is still parked.
    Sent,
    /// The socket has not accepted all of it: the task of the stream, which is woken, sends the rest.
    Part,
    /// The stream is parked, and the frame does not follow its position.
    Elsewhere,
    /// The stream is not parked: its task sends what is to be sent.
    Unparked,
}

/// How a stream is parked.
#[derive(Clone, Copy)]
pub struct Parking<'a> {
    /// The outlet of the stream.
    pub outlet: &'a Arc<dyn Outlet>,
    /// The task of the stream.
    pub waker: &'a Waker,
    /// The first frame after this time also wakes the task, so that its counts are reported. Default of
    /// servers: `None`; a body whose counts are observed sets it.
    pub report_at: Option<Instant>,
}

impl fmt::Debug for Parking<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Parking").field("report_at", &self.report_at).finish_non_exhaustive()
    }
}

/// A frame for all streams whose positions are in one range, and which lack exactly its events.
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
    /// The position after the frame.
    position: u64,
    at: Instant,
    encoded: OnceCell<Bytes>,
}

impl Delivery {
    /// Creates the delivery of a frame with these bytes and this number of events, to the streams at these
    /// positions. Their next position is `position`.
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

    /// Returns the number of events of the frame.
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

    /// Returns the time of the delivery.
    #[must_use]
    pub fn at(&self) -> Instant {
        self.at
    }

    /// Returns the position after the frame.
    #[must_use]
    pub fn position(&self) -> u64 {
        self.position
    }

    /// Returns the frame.
    #[must_use]
    pub fn frame(&self) -> &Bytes {
        &self.bytes
    }

    /// Returns the frame as the outlets send it. The first of them encodes it for all: all outlets of a
    /// process encode a frame in the same way.
    #[inline]
    pub fn encoded(&self, encode: impl FnOnce(&Bytes) -> Bytes) -> &Bytes {
        self.encoded.get_or_init(|| encode(&self.bytes))
    }
}

/// What was sent through an outlet since its stream was parked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Delivered {
    /// The position after the last frame.
    pub position: u64,
    /// The time of the last frame.
    pub at: Instant,
    /// The number of bytes of the frames.
    pub bytes: u64,
    /// The number of events of the frames.
    pub events: u32,
}

/// A body of an event stream, of which a server may share the socket with a source of frames.
pub trait Parkable {
    /// Returns whether the source of the stream sends frames through outlets.
    fn accepts_outlet(&self) -> bool;

    /// Lets the source park the stream, or not. Called after a poll without a frame, when all frames were
    /// sent.
    fn park(&mut self, parking: Parking<'_>);

    /// Records what was sent while the stream was parked. Called before the next poll.
    fn note_delivered(&mut self, delivered: &Delivered);
}
