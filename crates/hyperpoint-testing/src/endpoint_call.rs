//! A builder for a request to an endpoint, derived from the endpoint's own configuration.

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

/// A call of an endpoint whose response is a `T`. Awaiting it sends the request and returns the
/// data with its status and headers. A response with a status of 4xx or 5xx is an error, which
/// contains the problem document if there is one ([`CallError::problem`]).
///
/// # Examples
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
///         failures.check("cents", request.cents > 0, "must be more than zero");
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
/// let free = Gross { id: 7, cents: 0 };
/// let problem = app.send::<Tax>(&free).header("accept-language", "en").refused().await?;
/// assert_eq!(problem.reason("cents"), Some("must be more than zero"));
///
/// let answer = app.send::<Tax>(&free).body("text/plain", "500").answer().await?;
/// assert_eq!(answer.status(), 415);
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

    /// Adds a header. An invalid name or value is reported when the call is awaited.
    pub fn header<N, V>(self, name: N, value: V) -> Self
    where
        N: TryInto<HeaderName, Error: Into<http::Error>>,
        V: TryInto<HeaderValue, Error: Into<http::Error>>,
    {
        Self::new(self.call.header(name, value))
    }

    /// Replaces the body that was built from the request value with `body`, and sets its content
    /// type.
    pub fn body<V>(self, content_type: V, body: impl Into<Bytes>) -> Self
    where
        V: TryInto<HeaderValue, Error: Into<http::Error>>,
    {
        Self::new(self.call.body(content_type, body))
    }

    /// Replaces the body that was built from the request value with these parts, with the content
    /// type `multipart/form-data`. See [`Multipart`] for an example.
    pub fn multipart(self, parts: Multipart) -> Self {
        Self::new(self.call.multipart(parts))
    }

    /// Sends the request and returns the response, whatever its status.
    ///
    /// # Errors
    ///
    /// Returns an error if the request cannot be built, or if no complete response is received.
    ///
    /// # Cancel safety
    ///
    /// A dropped future drops the request, which the endpoint may have handled.
    ///
    /// # Examples
    ///
    /// ```
    /// use hyperpoint_testing::{CallError, EndpointCall};
    ///
    /// async fn is_cached<T>(call: EndpointCall<T>, etag: &str) -> Result<bool, CallError> {
    ///     Ok(call.header("if-none-match", etag).answer().await?.status() == 304)
    /// }
    /// ```
    pub async fn answer(self) -> Result<Answer, CallError> {
        self.call.await
    }

    /// Sends the request, expects an error response, and returns its problem document.
    ///
    /// # Errors
    ///
    /// Returns an error if the request cannot be built, if no complete response is received, if its
    /// status is neither 4xx nor 5xx, or if its body is not a problem document.
    ///
    /// # Cancel safety
    ///
    /// A dropped future drops the request, which the endpoint may have handled.
    ///
    /// # Examples
    ///
    /// ```
    /// use hyperpoint_testing::{CallError, EndpointCall};
    ///
    /// async fn invalid_fields<T>(call: EndpointCall<T>) -> Result<Vec<String>, CallError> {
    ///     let problem = call.refused().await?;
    ///     Ok(problem.names().into_iter().map(str::to_owned).collect())
    /// }
    /// ```
    pub async fn refused(self) -> Result<ReceivedProblem, CallError> {
        self.call.await?.problem()
    }

    /// Sends the request, expects an error response, and decodes its JSON body as an `E`. Use this
    /// for an endpoint with its own `error_format`.
    ///
    /// # Errors
    ///
    /// Returns an error if the request cannot be built, if no complete response is received, if its
    /// status is neither 4xx nor 5xx, or if its body cannot be decoded as an `E`.
    ///
    /// # Cancel safety
    ///
    /// A dropped future drops the request, which the endpoint may have handled.
    ///
    /// # Examples
    ///
    /// ```
    /// use hyperpoint::prelude::Deserialize;
    /// use hyperpoint_testing::{CallError, EndpointCall};
    ///
    /// #[derive(Deserialize)]
    /// struct Refusal {
    ///     message: String,
    /// }
    ///
    /// async fn reason<T>(call: EndpointCall<T>) -> Result<String, CallError> {
    ///     let refusal = call.refused_as::<Refusal>().await?;
    ///     assert_eq!(refusal.status(), 409);
    ///     Ok(refusal.into_data().message)
    /// }
    /// ```
    pub async fn refused_as<E: ReadAnswer>(self) -> Result<TypedAnswer<E>, CallError> {
        TypedAnswer::read_refusal(self.call.await?)
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
