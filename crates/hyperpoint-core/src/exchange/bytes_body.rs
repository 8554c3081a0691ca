//! The body of a stream of bytes: it owns the handler and polls it.

use std::error::Error;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use http_body::{Frame, SizeHint};

use super::exchange::Exchange;
use super::sent::HandlerFuture;
use crate::problem::Problem;

type BoxError = Box<dyn Error + Send + Sync>;

/// The body of a stream of bytes. To poll it is to poll the handler; to drop it is to drop the
/// handler, and with it the user's stream.
pub(super) struct BytesBody {
    exchange: Arc<Exchange>,
    handler: Option<HandlerFuture>,
    /// How many bytes are still to come, where that was told.
    left: Option<u64>,
}

impl BytesBody {
    pub(super) fn new(
        exchange: Arc<Exchange>,
        handler: Option<HandlerFuture>,
        length: Option<u64>,
    ) -> Self {
        Self { exchange, handler, left: length }
    }

    /// The next piece, or why the body is cut.
    fn poll_piece(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<Bytes, Problem>>> {
        loop {
            if let Some(piece) = self.exchange.take_piece(cx) {
                return Poll::Ready(Some(self.counted(piece)));
            }
            let Some(handler) = &mut self.handler else {
                return Poll::Ready(self.missing().map(Err));
            };
            match handler.as_mut().poll(cx) {
                Poll::Ready(Ok(_)) => self.handler = None,
                Poll::Ready(Err(problem)) => return Poll::Ready(Some(Err(problem))),
                // A piece that was left comes first; nobody is woken for it.
                Poll::Pending => match self.exchange.take_piece(cx) {
                    Some(piece) => return Poll::Ready(Some(self.counted(piece))),
                    None => return Poll::Pending,
                },
            }
        }
    }

    /// Ends the body before its end, which the client takes for what it is.
    fn cut(&mut self, problem: Problem) -> BoxError {
        (self.handler, self.left) = (None, None);
        self.exchange.fail(problem);
        "the answer was cut short, and the log says why".into()
    }

    /// The piece, where it is within the length that was told.
    fn counted(&mut self, piece: Bytes) -> Result<Bytes, Problem> {
        if let Some(left) = &mut self.left {
            let rest = left.checked_sub(piece.len() as u64);
            *left = rest.ok_or("a stream of bytes is longer than its `length`")?;
        }
        Ok(piece)
    }

    /// A body that ends before its length is no whole one.
    fn missing(&mut self) -> Option<Problem> {
        let left = self.left.take().filter(|&left| left > 0)?;
        Some(Problem::internal(format!("a stream of bytes ended {left} bytes before its `length`")))
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
        let piece = ready!(this.poll_piece(cx));
        Poll::Ready(piece.map(|piece| piece.map(Frame::data).map_err(|problem| this.cut(problem))))
    }

    fn size_hint(&self) -> SizeHint {
        self.left.map(SizeHint::with_exact).unwrap_or_default()
    }
}
