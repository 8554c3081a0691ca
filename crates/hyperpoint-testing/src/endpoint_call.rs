//! A call of an endpoint in the making, from its own configuration.

use std::fmt;
use std::future::IntoFuture;
use std::marker::PhantomData;

use bytes::Bytes;
use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use http::{HeaderName, HeaderValue};

use crate::answer::Answer;
use crate::call::Call;
use crate::call_error::CallError;
use crate::multipart::Multipart;
use crate::reading::{ReadAnswer, TypedAnswer};
use crate::received_problem::ReceivedProblem;

/// A call of an endpoint that answers with a `T`. Awaited, it is sent, and gives the data with its
/// status and headers; a refusal is the error, with its problem.
///
/// # Example
///
/// ```
/// use hyperpoint::prelude::*;
/// use hyperpoint_testing::TestApp;
///
/// #[derive(Serialize, Deserialize, JsonSchema)]
/// struct Gross {
///     id: u32,
///     cents: u64,
/// }
///
/// #[derive(Endpoint)]
/// struct Tax;
///
/// impl Endpoint for Tax {
///     type Request = Gross;
///     type Response = u64;
///
///     fn configure(config: &mut Config) {
///         config.post("/invoices/{id}/tax");
///         config.allow_anonymous();
///     }
///
///     fn validate(&self, request: &Gross, failures: &mut Failures) {
///         failures.check("cents", request.cents > 0, "must be more than nothing");
///     }
///
///     async fn handle(&self, request: Gross, cx: Cx<'_, Self>) -> Result {
///         cx.send.ok_async(request.cents / 5).await
///     }
/// }
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
/// let app = TestApp::new(Host::empty().endpoint::<Tax>())?;
/// assert_eq!(*app.send::<Tax>(&Gross { id: 7, cents: 500 }).await?, 100);
///
/// let problem = app.send::<Tax>(&Gross { id: 7, cents: 0 }).refused().await?;
/// assert_eq!(problem.reason("cents"), Some("must be more than nothing"));
/// # Ok(())
/// # }
/// ```
#[must_use = "a call is sent when it is awaited"]
pub struct EndpointCall<T> {
    call: Call,
    response: PhantomData<fn() -> T>,
}

impl<T> EndpointCall<T> {
    pub(crate) fn new(call: Call) -> Self {
        Self { call, response: PhantomData }
    }

    /// Sends this header too.
    pub fn header<N, V>(self, name: N, value: V) -> Self
    where
        N: TryInto<HeaderName, Error: Into<http::Error>>,
        V: TryInto<HeaderValue, Error: Into<http::Error>>,
    {
        Self::new(self.call.header(name, value))
    }

    /// Sends this body, of this content type, in place of what the request says.
    pub fn body<V>(self, content_type: V, body: impl Into<Bytes>) -> Self
    where
        V: TryInto<HeaderValue, Error: Into<http::Error>>,
    {
        Self::new(self.call.body(content_type, body))
    }

    /// Sends these parts, as `multipart/form-data`, in place of what the request says of the body.
    pub fn multipart(self, parts: Multipart) -> Self {
        Self::new(self.call.multipart(parts))
    }

    /// Sends it, and gives the answer as it comes, whatever its status.
    ///
    /// # Errors
    ///
    /// When there is no answer.
    pub async fn answer(self) -> Result<Answer, CallError> {
        self.call.await
    }

    /// Sends it, and gives the problem by which it is refused.
    ///
    /// # Errors
    ///
    /// When there is no answer, when it does not refuse, and when it is no problem document.
    pub async fn refused(self) -> Result<ReceivedProblem, CallError> {
        self.call.await?.problem()
    }
}

impl<T: ReadAnswer> IntoFuture for EndpointCall<T> {
    type Output = Result<TypedAnswer<T>, CallError>;
    type IntoFuture = BoxFuture<'static, Self::Output>;

    fn into_future(self) -> Self::IntoFuture {
        let answer = self.call.into_future();
        async move { TypedAnswer::read(answer.await?) }.boxed()
    }
}

impl<T> fmt::Debug for EndpointCall<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("EndpointCall").field("call", &self.call).finish_non_exhaustive()
    }
}
