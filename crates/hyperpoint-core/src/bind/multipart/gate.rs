//! Feeds the body to the multipart parser in small steps.

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

/// Maximum number of bytes that the parser gets per poll. The parser buffers everything that is
/// ready, so an unlimited stream that arrives faster than it is read would be buffered whole.
const STEP_BYTES: usize = 16 * 1024;

/// The body stream for the parser: at most one step per poll, and no more bytes than the allowance
/// while the headers of a part are parsed.
pub(super) struct Gate {
    body: BodyStream,
    /// Received bytes that were not passed on yet.
    rest: Bytes,
    /// Whether the last poll yielded a step, so that the next one returns `Pending`.
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
