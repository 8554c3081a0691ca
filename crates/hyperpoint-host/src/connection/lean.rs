//! The sending of an HTTP/1.1 event stream after its head, without hyper.

use std::convert::Infallible;
use std::io;
use std::mem::MaybeUninit;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use bytes::{Bytes, BytesMut};
use hyperpoint_core::EventBody;
use hyperpoint_sse::stream::{Outlet, Parkable, Parking};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use super::activity::OpenRequest;
use super::batch::{Batch, Gathered, Unsent};
use super::clocked_io::ClockedIo;
use super::shared_socket::{Share, SharedSocket};
use super::with_deadlines::BoxError;

/// Maximum number of frames sent in one poll, so that a stream that is always ready does not starve
/// other tasks.
const FRAMES_PER_POLL: usize = 32;
/// Number of kept bytes from the client at which a stream reads no more. Further bytes stay in the
/// socket.
const KEPT_BYTES: usize = 8 * 1024;
/// Maximum number of bytes per read.
const READ_BYTES: usize = 512;

/// An event stream whose head was sent. Writes its frames as chunks, and meanwhile reads from the
/// client: the beginning of the next request, or the end of the connection.
///
/// The socket records stalls, so that the deadline of the connection ends a stream whose client
/// does not read. As with hyper, the body is not polled while the socket accepts no bytes.
pub(super) struct Lean<T> {
    io: ClockedIo<T>,
    /// The body of the stream and its open request, or `None` after the stream has ended.
    stream: Option<(EventBody, OpenRequest)>,
    /// Bytes that the socket has not accepted yet, if any.
    unsent: Option<Box<Unsent>>,
    /// Bytes of the client that were read, if any.
    kept: Option<Box<BytesMut>>,
    is_flushed: bool,
    /// Whether the connection ends after the stream.
    is_last: bool,
}

/// The result of sending frames.
enum Sent {
    /// All ready frames were sent.
    Ready,
    /// The stream has ended, and its last chunk was sent.
    All,
}

/// The state of a connection after its stream.
pub(super) enum After {
    /// The client may send another request.
    NextRequest,
    /// The connection was closed.
    Closed,
}

impl<T: Share> Lean<T> {
    /// Takes the socket back from the event writers of topics. Records the frames that they sent, and
    /// keeps the bytes that the socket did not accept.
    #[inline]
    pub(super) fn unpark(&mut self) {
        let Some((delivered, rest)) = self.io.shared().and_then(|shared| shared.unpark()) else {
            return;
        };
        if let Some((body, _)) = &mut self.stream {
            body.note_delivered(&delivered);
        }
        if let Some(rest) = rest {
            self.unsent = Some(rest);
            self.is_flushed = false;
        }
    }
}

impl<T: AsyncRead + AsyncWrite + Share + Unpin> Lean<T> {
    /// Creates the stream on this socket. `read` are the bytes that hyper has already read from it.
    pub(super) fn new(
        io: ClockedIo<T>,
        stream: (EventBody, OpenRequest),
        read: &[u8],
        is_last: bool,
    ) -> Self {
        let io = if stream.0.accepts_outlet() { io.share() } else { io };
        let stream = Some(stream);
        let mut lean = Self { io, stream, unsent: None, kept: None, is_flushed: true, is_last };
        lean.keep(read);
        lean
    }

    /// Keeps bytes that were read from the client.
    fn keep(&mut self, read: &[u8]) {
        if !read.is_empty() {
            self.kept.get_or_insert_default().extend_from_slice(read);
        }
    }

    /// Makes the connection end after the stream.
    pub(super) fn finish(&mut self) {
        self.is_last = true;
    }

    /// Returns the socket, which yields the kept bytes first.
    pub(super) fn into_io(self) -> ClockedIo<T> {
        self.io.unshare().read_first(self.kept.map_or_else(Bytes::new, |kept| kept.freeze()))
    }

    /// Sends the stream. Ready when the stream has ended and, if the connection ends with it, the
    /// socket was shut down.
    ///
    /// # Errors
    ///
    /// Returns an error if the body or the socket fails, or if the client closes the connection.
    /// The connection must then be dropped.
    pub(super) fn poll(&mut self, cx: &mut Context<'_>) -> Poll<Result<After, BoxError>> {
        self.unpark();
        let sent = self.poll_send(cx)?;
        if !matches!(sent, Poll::Ready(Sent::All)) {
            let received = self.poll_received(cx);
            if received.is_pending() && sent.is_ready() {
                self.park(cx);
            }
            return received.map_ok(|never| match never {});
        }
        if !self.is_last {
            return Poll::Ready(Ok(After::NextRequest));
        }
        ready!(Pin::new(&mut self.io).poll_shutdown(cx))?;
        Poll::Ready(Ok(After::Closed))
    }

    /// Offers the socket to the source of the stream, which may write to it while this task waits.
    #[inline]
    fn park(&mut self, cx: &mut Context<'_>) {
        if let (Some(shared), Some((body, _))) = (self.io.shared(), &mut self.stream) {
            let outlet: Arc<dyn Outlet> = Arc::<SharedSocket>::clone(shared);
            let (waker, report_at) = (cx.waker(), None);
            body.park(Parking { outlet: &outlet, waker, report_at });
        }
    }

    /// Writes the frames that are ready. Pending if the socket accepts no more bytes, or if the
    /// task yields after [`FRAMES_PER_POLL`] frames.
    fn poll_send(&mut self, cx: &mut Context<'_>) -> Poll<Result<Sent, BoxError>> {
        let mut frames = FRAMES_PER_POLL;
        loop {
            ready!(self.poll_unsent(cx))?;
            let Some((body, _)) = &mut self.stream else {
                return Poll::Ready(Ok(Sent::All));
            };
            if frames == 0 {
                cx.waker().wake_by_ref();
                return Poll::Pending;
            }
            let mut batch = Batch::default();
            let gathered = batch.gather(body, &mut frames, cx);
            if matches!(gathered, Gathered::End) {
                self.stream = None;
            }
            self.write(batch, cx)?;
            match gathered {
                Gathered::Cut(error) => return Poll::Ready(Err(error)),
                Gathered::Pending => {
                    ready!(self.poll_unsent(cx))?;
                    return Poll::Ready(Ok(Sent::Ready));
                }
                Gathered::More | Gathered::End => {}
            }
        }
    }

    /// Writes a batch, and keeps the bytes that the socket does not accept.
    #[inline]
    fn write(&mut self, batch: Batch, cx: &mut Context<'_>) -> io::Result<()> {
        let len = batch.len();
        if len == 0 {
            return Ok(());
        }
        self.is_flushed = false;
        let io = Pin::new(&mut self.io);
        let polled = match batch.one_piece() {
            Some(bytes) => io.poll_write(cx, bytes),
            None => io.poll_write_vectored(cx, &batch.slices()),
        };
        let written = match polled {
            Poll::Ready(written) => written?,
            Poll::Pending => 0,
        };
        if written < len {
            self.unsent = Some(Box::new(batch.unsent(written)));
        }
        Ok(())
    }

    /// Writes the unsent bytes, and flushes the socket.
    #[inline]
    fn poll_unsent(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        while let Some(unsent) = &mut self.unsent {
            let io = Pin::new(&mut self.io);
            let written = ready!(io.poll_write_vectored(cx, &unsent.slices()))?;
            if written == 0 {
                return Poll::Ready(Err(io::ErrorKind::WriteZero.into()));
            }
            unsent.advance(written);
            if unsent.is_empty() {
                self.unsent = None;
            }
        }
        if !self.is_flushed {
            ready!(Pin::new(&mut self.io).poll_flush(cx))?;
            self.is_flushed = true;
        }
        Poll::Ready(Ok(()))
    }

    /// Reads and keeps bytes from the client, until [`KEPT_BYTES`] are kept. Ready only with an
    /// error, if the client has closed the connection or the socket fails.
    fn poll_received(&mut self, cx: &mut Context<'_>) -> Poll<Result<Infallible, BoxError>> {
        loop {
            let kept = self.kept.as_ref().map_or(0, |kept| kept.len());
            let room = KEPT_BYTES.saturating_sub(kept).min(READ_BYTES);
            if room == 0 {
                return Poll::Pending;
            }
            let mut space = [MaybeUninit::<u8>::uninit(); READ_BYTES];
            let mut buf = ReadBuf::uninit(space.get_mut(..room).unwrap_or_default());
            ready!(Pin::new(&mut self.io).poll_read(cx, &mut buf))?;
            if buf.filled().is_empty() {
                return Poll::Ready(Err(
                    "the client closed the connection of an event stream".into()
                ));
            }
            self.keep(buf.filled());
        }
    }
}
