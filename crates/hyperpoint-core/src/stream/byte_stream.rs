//! Byte streams: responses whose body is sent while it is produced.

use std::fmt;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use bytes::{Bytes, BytesMut};
use futures_core::Stream;

use super::into_piece::IntoPiece;
use crate::exchange::{Exchange, Sent};
use crate::problem::Problem;

/// Size in bytes below which consecutive chunks are combined into one, if the source has them ready
/// at the same time.
const CHUNK_BYTES: usize = 8 * 1024;

/// A response that streams bytes until its source ends. It is sent when it is awaited.
///
/// The head is sent when the source yields its first bytes, or when it ends without any. The source
/// is not polled while a chunk waits to be sent, so a slow client slows down the source. If the
/// client disconnects, the handler and the source are dropped at the current `await` of the
/// handler. For a HEAD request, the head is sent without polling the source, and the handler is
/// dropped at the `await` of the stream.
///
/// # Errors
///
/// A 500 if the content type is invalid. Otherwise, the error that the source yields. If the error
/// is the first item, it becomes the response. A later error cannot be reported in the response:
/// the response is aborted, so that the client detects an incomplete body.
///
/// # Cancel safety
///
/// If the future is dropped before completion, its source is dropped, and the handler has no
/// [`Sent`] to return. The error that the handler returns instead aborts the response or, if the
/// head was not sent yet, becomes the response.
///
/// # Examples
///
/// ```
/// # use hyperpoint::{Events, Result, answer::Send, prelude::stream};
/// # async fn handle(send: Send<'_, ()>) -> Result {
/// let rows = stream! {
///     yield "id,name\n";
///     yield "1,Ann\n";
/// };
/// send.stream_async(rows, "text/csv").await
/// # }
/// ```
#[must_use = "a byte stream is sent when it is awaited"]
pub struct ByteStream<'a> {
    exchange: &'a Arc<Exchange>,
    length: Option<u64>,
    /// The source, or a problem if the stream cannot start. `Err(None)` after the end of the
    /// stream.
    source: Result<Pin<Box<dyn Chunks + Send + 'a>>, Option<Problem>>,
    /// Small chunks to combine, which are not stored in the exchange yet.
    gathered: BytesMut,
    /// Whether the head has been stored in the exchange.
    is_open: bool,
    /// Whether the source has ended.
    has_ended: bool,
}

/// A stream of byte chunks with a type-erased item.
pub(crate) trait Chunks {
    fn poll_chunk(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Bytes, Problem>>>;
}

impl<S: Stream<Item: IntoPiece>> Chunks for S {
    fn poll_chunk(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Bytes, Problem>>> {
        self.poll_next(cx).map(|item| item.map(IntoPiece::into_piece))
    }
}

impl<'a> ByteStream<'a> {
    pub(crate) fn new(
        exchange: &'a Arc<Exchange>,
        source: Result<Pin<Box<dyn Chunks + Send + 'a>>, Problem>,
    ) -> Self {
        let source = source.map_err(Some);
        let (gathered, is_open, has_ended) = Default::default();
        Self { exchange, length: None, source, gathered, is_open, has_ended }
    }

    /// Sets the total number of bytes, which is sent as `Content-Length`. If the source yields more
    /// or fewer bytes, the response is aborted. Default: the length is unknown.
    ///
    /// # Examples
    ///
    /// ```
    /// # use hyperpoint::{Result, answer::Send, prelude::stream};
    /// # async fn handle(send: Send<'_, ()>) -> Result {
    /// send.stream_async(stream! { yield "hello"; }, "text/plain").length(5).await
    /// # }
    /// ```
    pub fn length(mut self, bytes: u64) -> Self {
        self.length = Some(bytes);
        self
    }

    /// Stores a large chunk in the exchange directly, and combines small chunks.
    fn take(&mut self, chunk: Bytes) {
        if self.gathered.is_empty() && chunk.len() >= CHUNK_BYTES {
            return self.exchange.put_chunk(chunk);
        }
        self.gathered.extend_from_slice(&chunk);
        if self.gathered.len() >= CHUNK_BYTES {
            self.flush();
        }
    }

    /// Stores the combined chunks in the exchange.
    fn flush(&mut self) {
        if !self.gathered.is_empty() {
            self.exchange.put_chunk(self.gathered.split().freeze());
        }
    }

    fn poll_source(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<Bytes, Problem>>> {
        match &mut self.source {
            Ok(source) if !self.has_ended => source.as_mut().poll_chunk(cx),
            _ => Poll::Ready(None),
        }
    }

    /// Waits for the first chunk, unless the request is a HEAD request, then stores the head in the
    /// exchange.
    fn poll_open(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Problem>> {
        if !self.exchange.is_head_request() {
            match ready!(self.poll_source(cx)) {
                Some(chunk) => self.gathered.extend_from_slice(&chunk?),
                None => self.has_ended = true,
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
                Poll::Ready(Some(chunk)) => self.take(chunk?),
                Poll::Ready(None) => {
                    self.flush();
                    return Poll::Ready(Ok(Sent::new()));
                }
                Poll::Pending => {
                    self.flush();
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
            let polled_again = || Problem::internal("a byte stream was polled after completion");
            return Poll::Ready(Err(problem.take().unwrap_or_else(polled_again)));
        }
        let end = this.poll_end(cx);
        if end.is_ready() {
            // Drops the source before the remaining code of the handler runs.
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
