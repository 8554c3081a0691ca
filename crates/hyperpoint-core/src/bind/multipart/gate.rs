//! The body on its way into the parser of multipart, little by little.

use std::error::Error;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use futures_core::Stream;
use http::StatusCode;

use crate::exchange::BodyStream;
use crate::problem::Problem;

/// How much of the body the parser is given at a time. It takes all that is ready, and would hold
/// a body whole that comes faster than it is read.
const STEP_BYTES: usize = 16 * 1024;

/// The body, for the parser: one step a poll, and no more than the head of a part may have while
/// one is looked for.
pub(super) struct Gate {
    body: BodyStream,
    /// What came and was not given on.
    rest: Bytes,
    /// Whether the last poll gave something, so that this one waits.
    gave: bool,
    allowance: Allowance,
}

/// How many bytes may still be given on.
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
        let gate = Self { body, rest: Bytes::new(), gave: false, allowance: allowance.clone() };
        (gate, allowance)
    }
}

impl Stream for Gate {
    type Item = Result<Bytes, Box<dyn Error + Send + Sync>>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        if std::mem::take(&mut self.gave) {
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
        self.gave = true;
        if self.allowance.take(step.len()) {
            return Poll::Ready(Some(Ok(step)));
        }
        let problem =
            Problem::new(StatusCode::BAD_REQUEST).detail("the head of a part is too large");
        Poll::Ready(Some(Err(problem.into_error())))
    }
}
