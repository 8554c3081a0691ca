//! A body stream that limits how much data the multipart parser reads at once.

use std::error::Error;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use futures_core::Stream;
use http::StatusCode;

use crate::problem::Problem;
use crate::request_body::BodyStream;

/// Maximum number of bytes that a poll yields. The parser buffers all bytes that are ready, so
/// without this limit it would buffer the whole of a body that arrives faster than the handler
/// reads it.
const STEP_BYTES: usize = 16 * 1024;

/// The body stream for the multipart parser. A poll yields at most `STEP_BYTES`, and fails if the
/// bytes exceed the allowance, which limits the size of the headers of a part.
pub(super) struct Gate {
    body: BodyStream,
    /// Received bytes that are not yet passed to the parser.
    rest: Bytes,
    /// Whether the last poll yielded bytes, so that the next poll must return `Pending`.
    has_yielded: bool,
    allowance: Allowance,
}

/// The number of bytes that may still be passed to the parser.
#[derive(Clone, Debug)]
pub(super) struct Allowance(Arc<AtomicUsize>);

impl Allowance {
    pub(super) fn set(&self, bytes: usize) {
        self.0.store(bytes, Ordering::Relaxed);
    }

    fn take(&self, bytes: usize) -> bool {
        let left = self.0.load(Ordering::Relaxed);
        self.set(left.saturating_sub(bytes));
        bytes <= left
    }
}

impl Gate {
    pub(super) fn new(body: BodyStream) -> (Self, Allowance) {
        let allowance = Allowance(Arc::new(AtomicUsize::new(usize::MAX)));
        let gate =
            Self { body, rest: Bytes::new(), has_yielded: false, allowance: allowance.clone() };
        (gate, allowance)
    }
}

impl Stream for Gate {
    type Item = Result<Bytes, Box<dyn Error + Send + Sync>>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        if std::mem::take(&mut self.has_yielded) {
            cx.waker().wake_by_ref();
            return Poll::Pending;
        }
        while self.rest.is_empty() {
            match ready!(Pin::new(&mut self.body).poll_next(cx)) {
                Some(Ok(piece)) => self.rest = piece,
                Some(Err(problem)) => return Poll::Ready(Some(Err(problem.into_error()))),
                None => return Poll::Ready(None),
            }
        }
        let len = self.rest.len().min(STEP_BYTES);
        let step = self.rest.split_to(len);
        self.has_yielded = true;
        if self.allowance.take(step.len()) {
            return Poll::Ready(Some(Ok(step)));
        }
        let problem =
            Problem::new(StatusCode::BAD_REQUEST).detail("the headers of a part are too large");
        Poll::Ready(Some(Err(problem.into_error())))
    }
}
