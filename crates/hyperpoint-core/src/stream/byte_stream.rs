//! An answer whose bytes come as they are made.

use std::fmt;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use bytes::{Bytes, BytesMut};
use futures_core::Stream;

use super::into_piece::IntoPiece;
use crate::exchange::{Exchange, Sent};
use crate::problem::Problem;

/// Small pieces are gathered up to this size, in bytes, where they are ready at once.
const PIECE_BYTES: usize = 8 * 1024;

/// A stream of bytes on its way to the client, until it ends. Await it to send it.
///
/// The head goes out with the first bytes; then the client's socket sets the pace: while it is
/// shut, the stream is not polled. When the client leaves, the handler is dropped where it stands,
/// and with it the stream.
///
/// # Errors
///
/// What the stream yields in place of bytes. Where that is its first item, it is the answer, and so
/// is a 500 for a content type that is none. Later it can be told to nobody any more: the answer is
/// cut, so that the client knows that it has not got all.
///
/// # Cancel safety
///
/// Dropping it leaves an answer that is cut short.
#[must_use = "a stream of bytes is sent when it is awaited"]
pub struct ByteStream<'a> {
    exchange: &'a Arc<Exchange>,
    length: Option<u64>,
    /// A problem in place of the source where the stream can't begin.
    source: Result<Pin<Box<dyn Pieces + Send + 'a>>, Option<Problem>>,
    gathered: BytesMut,
    is_open: bool,
    /// Whether the source is through.
    is_over: bool,
}

/// A stream of bytes whose items' type is forgotten.
pub(crate) trait Pieces {
    fn poll_piece(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Bytes, Problem>>>;
}

impl<S: Stream<Item: IntoPiece>> Pieces for S {
    fn poll_piece(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Bytes, Problem>>> {
        self.poll_next(cx).map(|item| item.map(IntoPiece::into_piece))
    }
}

impl<'a> ByteStream<'a> {
    pub(crate) fn new(
        exchange: &'a Arc<Exchange>,
        source: Result<Pin<Box<dyn Pieces + Send + 'a>>, Problem>,
    ) -> Self {
        let source = source.map_err(Some);
        let (gathered, is_open, is_over) = Default::default();
        Self { exchange, length: None, source, gathered, is_open, is_over }
    }

    /// How many bytes there will be, so that the client can tell how far it is. A stream of more or
    /// fewer is cut. Default: unknown.
    pub fn length(mut self, bytes: u64) -> Self {
        self.length = Some(bytes);
        self
    }

    /// Takes a piece: a large one is left as it is, small ones are gathered.
    fn take(&mut self, piece: Bytes) {
        if self.gathered.is_empty() && piece.len() >= PIECE_BYTES {
            return self.exchange.put_piece(piece);
        }
        self.gathered.extend_from_slice(&piece);
        if self.gathered.len() >= PIECE_BYTES {
            self.leave();
        }
    }

    /// Leaves what was gathered.
    fn leave(&mut self) {
        if !self.gathered.is_empty() {
            self.exchange.put_piece(self.gathered.split().freeze());
        }
    }

    fn poll_source(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<Bytes, Problem>>> {
        match &mut self.source {
            Ok(source) if !self.is_over => source.as_mut().poll_piece(cx),
            _ => Poll::Ready(None),
        }
    }

    /// Waits for the first bytes, and leaves the head before them.
    fn poll_open(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Problem>> {
        if !self.exchange.is_head_request() {
            match ready!(self.poll_source(cx)) {
                Some(piece) => self.gathered.extend_from_slice(&piece?),
                None => self.is_over = true,
            }
        }
        self.is_open = true;
        self.exchange.open_bytes(self.length);
        Poll::Ready(Ok(()))
    }

    fn poll_end(&mut self, cx: &mut Context<'_>) -> Poll<Result<Sent, Problem>> {
        if !self.is_open {
            ready!(self.poll_open(cx))?;
        }
        while self.exchange.poll_room(cx).is_ready() {
            match self.poll_source(cx) {
                Poll::Ready(Some(piece)) => self.take(piece?),
                Poll::Ready(None) => {
                    self.leave();
                    return Poll::Ready(Ok(Sent::new()));
                }
                Poll::Pending => {
                    self.leave();
                    return Poll::Pending;
                }
            }
        }
        Poll::Pending
    }
}

impl Future for ByteStream<'_> {
    type Output = Result<Sent, Problem>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.get_mut();
        if let Err(problem) = &mut this.source {
            let polled_again = || Problem::internal("a stream of bytes was polled after its end");
            return Poll::Ready(Err(problem.take().unwrap_or_else(polled_again)));
        }
        let end = this.poll_end(cx);
        if end.is_ready() {
            // The source is dropped here, and not when the code behind the await is through.
            this.source = Err(None);
        }
        end
    }
}

impl fmt::Debug for ByteStream<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ByteStream").field("length", &self.length).finish_non_exhaustive()
    }
}
