//! The body of a byte stream, which owns and polls the handler.

use std::pin::Pin;
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use http_body::{Frame, SizeHint};

use crate::exchange::{BoxError, HandlerSlot};
use crate::problem::Problem;

/// The body of a byte stream. Polling it polls the handler; dropping it drops the handler, and with
/// it the application's stream.
pub(super) struct BytesBody {
    handler: HandlerSlot,
    /// The number of remaining bytes, or `None` if no length was declared.
    left: Option<u64>,
}

impl BytesBody {
    pub(super) fn new(handler: HandlerSlot, length: Option<u64>) -> Self {
        Self { handler, left: length }
    }

    /// Returns the next chunk, `None` at the end, or the converted problem that aborts the body.
    fn poll_chunk(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<Bytes, Problem>>> {
        loop {
            if let Some(chunk) = self.handler.exchange.take_chunk(cx) {
                return Poll::Ready(Some(self.counted(chunk)));
            }
            if self.handler.is_empty() {
                return Poll::Ready(self.missing().map(Err));
            }
            match self.handler.poll_handler(cx) {
                Poll::Ready(Ok(_)) => {}
                Poll::Ready(Err(problem)) => return Poll::Ready(Some(Err(problem))),
                // The handler may have stored a chunk before it became pending. The chunk is sent
                // now, and the handler is polled again with the next frame.
                Poll::Pending => match self.handler.exchange.take_chunk(cx) {
                    Some(chunk) => return Poll::Ready(Some(self.counted(chunk))),
                    None => return Poll::Pending,
                },
            }
        }
    }

    /// Drops the handler and reports the converted problem to the exchange. Returns the error that aborts the
    /// response, so that the client detects that it is incomplete.
    fn abort(&mut self, problem: Problem) -> BoxError {
        self.handler.clear();
        self.left = None;
        self.handler.exchange.fail(problem);
        "the response was aborted; see the log for the reason".into()
    }

    /// Returns the chunk, or an error if it exceeds the declared length.
    fn counted(&mut self, chunk: Bytes) -> Result<Bytes, Problem> {
        if let Some(left) = &mut self.left {
            let rest = left.checked_sub(chunk.len() as u64);
            let is_longer = || {
                let text = "a byte stream is longer than its declared `length`";
                self.handler.exchange.converted(Problem::internal(text))
            };
            *left = rest.ok_or_else(is_longer)?;
        }
        Ok(chunk)
    }

    /// Returns the problem if the body ended before its declared length, or `None` if it is
    /// complete.
    fn missing(&mut self) -> Option<Problem> {
        let left = self.left.take().filter(|&left| left > 0)?;
        let text = format!("a byte stream ended {left} bytes before its declared `length`");
        Some(self.handler.exchange.converted(Problem::internal(text)))
    }
}

impl http_body::Body for BytesBody {
    type Data = Bytes;
    type Error = BoxError;

    fn poll_frame(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BoxError>>> {
        let this = self.get_mut();
        let chunk = ready!(this.poll_chunk(cx));
        Poll::Ready(
            chunk.map(|chunk| chunk.map(Frame::data).map_err(|problem| this.abort(problem))),
        )
    }

    fn size_hint(&self) -> SizeHint {
        self.left.map(SizeHint::with_exact).unwrap_or_default()
    }
}
