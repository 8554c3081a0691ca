//! A plain answer on its way.

use std::fmt;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use bytes::Bytes;
use http::Response;

use crate::exchange::{Exchange, Sent};
use crate::problem::Problem;

/// A plain answer on its way to the client. Await it to send it.
#[must_use = "an answer is sent when it is awaited"]
pub struct Reply<'a> {
    exchange: &'a Arc<Exchange>,
    /// None once it was sent.
    response: Option<Result<Response<Bytes>, Problem>>,
}

impl<'a> Reply<'a> {
    pub(super) fn new(
        exchange: &'a Arc<Exchange>,
        response: Result<Response<Bytes>, Problem>,
    ) -> Self {
        Self {
            exchange,
            response: Some(response),
        }
    }
}

impl Future for Reply<'_> {
    type Output = Result<Sent, Problem>;

    fn poll(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Self::Output> {
        let polled_again = || Err(Problem::internal("an answer was polled after its end"));
        let response = self.response.take().unwrap_or_else(polled_again)?;
        self.exchange.answer(response);
        Poll::Ready(Ok(Sent::new()))
    }
}

impl fmt::Debug for Reply<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Reply")
            .field("response", &self.response)
            .finish_non_exhaustive()
    }
}
