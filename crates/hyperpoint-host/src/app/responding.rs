//! The future of a response.

use std::fmt;
use std::panic::AssertUnwindSafe;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use http::Response;
use hyperpoint_core::problem::ErrorFormat;
use hyperpoint_core::response_body::Answering;
use hyperpoint_core::{Body, Problem};

use super::private::keep_private;

/// The future of a response. Small, because every request moves it through hyper: anything beyond a
/// plain handler (authentication, CORS, layers) is boxed.
pub(crate) enum Responding {
    /// A response that is already known, or `None` after it was returned.
    Done(Option<Box<Response<Body>>>),
    /// The endpoint's handler.
    Handling(Answering),
    /// Any other future.
    Boxed(BoxFuture<'static, Response<Body>>),
}

impl Responding {
    /// Boxes a future. A panic in it, such as in a layer or a scheme, becomes a 500, as a panic in
    /// a handler does.
    pub(super) fn boxed(
        format: &ErrorFormat,
        answer: impl Future<Output = Response<Body>> + Send + 'static,
    ) -> Self {
        let format = format.clone();
        let panicked = move |_| refuse(&format, Problem::internal("a layer or a scheme panicked"));
        Self::Boxed(Box::pin(
            AssertUnwindSafe(answer)
                .catch_unwind()
                .map(move |caught| caught.unwrap_or_else(panicked)),
        ))
    }

    /// Creates a future that is ready with the problem as a response.
    pub(crate) fn refused(format: &ErrorFormat, problem: Problem) -> Self {
        Self::from(refuse(format, problem))
    }
}

impl From<Response<Body>> for Responding {
    fn from(response: Response<Body>) -> Self {
        Self::Done(Some(Box::new(response)))
    }
}

impl Future for Responding {
    type Output = Response<Body>;

    #[inline]
    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Response<Body>> {
        // A response is large, so it is moved as little as possible.
        let mut answer = match self.get_mut() {
            Self::Handling(answering) => match ready!(Pin::new(&mut *answering).poll(cx)) {
                Ok(answer) => answer,
                Err(problem) => refuse(answering.error_format(), problem),
            },
            Self::Done(response) => match response.take() {
                Some(response) => *response,
                None => return Poll::Pending,
            },
            Self::Boxed(answer) => ready!(answer.as_mut().poll(cx)),
        };
        // Called only here, because every response passes this line, including one that a layer has
        // changed.
        keep_private(answer.headers_mut());
        Poll::Ready(answer)
    }
}

impl fmt::Debug for Responding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Responding").finish_non_exhaustive()
    }
}

/// Logs a problem and turns it into a response. Every problem in response to a parsed request
/// passes through this function.
pub(super) fn refuse(format: &ErrorFormat, problem: Problem) -> Response<Body> {
    problem.log();
    format.respond(problem).map(|content: Bytes| Body::full(content))
}
