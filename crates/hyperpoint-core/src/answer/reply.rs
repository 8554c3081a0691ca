//! `Reply`: the future of a non-streaming response.

use std::fmt;
use std::marker::PhantomData;
use std::pin::Pin;
use std::task::{Context, Poll};

use crate::exchange::{Exchange, Sent};
use crate::problem::Problem;

/// The future of a non-streaming response. It resolves to [`Sent`], the proof that the handler has
/// answered the request. The response is sent when the handler returns.
///
/// # Examples
///
/// ```
/// # use hyperpoint::{Result, answer::Send};
/// # async fn handle(send: Send<'_, u32>) -> Result {
/// let reply = send.ok_async(7);
/// reply.await
/// # }
/// ```
#[must_use = "await the reply and return its `Sent` from the handler"]
pub struct Reply<'a> {
    /// The result, or `None` after it was returned.
    result: Option<Result<Sent, Problem>>,
    exchange: PhantomData<&'a Exchange>,
}

impl Reply<'_> {
    /// Creates the future from the result of storing the response in the exchange.
    pub(super) fn new(result: Result<Sent, Problem>) -> Self {
        Self { result: Some(result), exchange: PhantomData }
    }
}

impl Future for Reply<'_> {
    type Output = Result<Sent, Problem>;

    fn poll(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Self::Output> {
        let polled_again = || Err(Problem::internal("a reply was polled after completion"));
        Poll::Ready(self.result.take().unwrap_or_else(polled_again))
    }
}

impl fmt::Debug for Reply<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Reply").field("result", &self.result).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;
    use std::time::Duration;

    use http::header::{CONTENT_TYPE, HeaderValue};
    use http_body_util::BodyExt;

    use super::super::{Answer, Send};
    use std::sync::Arc;

    use crate::host_state::HostState;
    use crate::link_table::LinkTable;
    use crate::problem::ProblemMap;
    use crate::response_body::{Answering, Body};
    use crate::services::Services;
    use hyperpoint_sse::stream::Stopping;

    use super::*;

    async fn answered<R: Answer>(response: R) -> Result<http::Response<Body>, Problem> {
        let stopping = Stopping::new(Duration::ZERO);
        let host = HostState::new(
            Services::default(),
            ProblemMap::default(),
            LinkTable::default(),
            stopping,
        );
        let (request, ()) = http::Request::new(()).into_parts();
        let exchange = Exchange::new(host, request);
        let asked = Arc::clone(&exchange);
        let handler = async move { Send::<R>::new(&asked).ok_async(response).await };
        Answering::new(exchange, Box::pin(handler)).await
    }

    async fn check<R: Answer>(response: R, kind: Option<&str>, body: &str) {
        let answer = answered(response).await.unwrap();
        assert_eq!(answer.status(), 200);
        let sent = answer.headers().get(CONTENT_TYPE);
        assert_eq!(sent.map(HeaderValue::as_bytes), kind.map(str::as_bytes));
        let bytes = answer.into_body().collect().await.unwrap().to_bytes();
        assert_eq!(bytes, body.as_bytes());
    }

    #[tokio::test]
    async fn data_is_sent_as_json_and_a_unit_without_a_body() {
        check(vec![1, 2], Some("application/json"), "[1,2]").await;
        check(None::<u32>, Some("application/json"), "null").await;
        check((), None, "").await;
    }

    #[tokio::test]
    async fn data_that_cannot_be_json_is_a_500() {
        let keys_are_not_text = BTreeMap::from([(vec![1], 2)]);
        let problem = answered(keys_are_not_text).await.unwrap_err();
        assert_eq!(problem.status(), 500);
    }
}
