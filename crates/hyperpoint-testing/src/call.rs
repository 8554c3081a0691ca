//! A builder for one HTTP request of a test.

use std::future::IntoFuture;

use bytes::Bytes;
use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use http::header::CONTENT_TYPE;
use http::request::Builder;
use http::{HeaderName, HeaderValue, Method, Request};
use hyperpoint_core::bind::InvalidOutgoing;
use serde::Serialize;

use crate::answer::Answer;
use crate::call_error::{CallError, Reason};
use crate::caller::Caller;
use crate::multipart::Multipart;

/// A request to a path, built step by step. Awaiting it sends the request and returns the
/// [`Answer`], whatever its status.
///
/// # Examples
///
/// ```
/// use hyperpoint::prelude::*;
/// use hyperpoint_testing::TestApp;
///
/// #[derive(Endpoint)]
/// struct Sum;
///
/// impl Endpoint for Sum {
///     type Request = Vec<u32>;
///     type Response = u32;
///
///     fn configure(config: &mut Config) {
///         config.post("/sum");
///         config.allow_anonymous();
///     }
///
///     async fn handle(&self, numbers: Vec<u32>, cx: Cx<'_, Self>) -> Result {
///         cx.send.ok_async(numbers.iter().sum()).await
///     }
/// }
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
/// let app = TestApp::new(Host::empty().endpoint::<Sum>())?;
/// let answer = app.post("/sum").header("accept-language", "de").json(&[1, 2]).await?;
/// assert_eq!(answer.text(), "3");
/// let answer = app.post("/sum").body("text/plain", "1 2").await?;
/// assert_eq!(answer.status(), 415);
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
#[must_use = "a call is sent when it is awaited"]
pub struct Call {
    caller: Caller,
    target: String,
    request: Builder,
    body: Result<Bytes, Fault>,
}

/// The reason why the request cannot be built.
#[derive(Debug)]
enum Fault {
    Request(InvalidOutgoing),
    Body(serde_json::Error),
}

impl Call {
    pub(crate) fn new(caller: Caller, method: Method, target: &str) -> Self {
        let shown = format!("{method} {target}");
        let request = Request::builder().method(method).uri(target);
        Self { caller, target: shown, request, body: Ok(Bytes::new()) }
    }

    pub(crate) fn built(caller: Caller, request: Builder, body: Bytes) -> Self {
        let target = match (request.method_ref(), request.uri_ref()) {
            (Some(method), Some(uri)) => format!("{method} {uri}"),
            _ => String::new(),
        };
        Self { caller, target, request, body: Ok(body) }
    }

    /// Creates a call that fails with this error when it is awaited.
    pub(crate) fn failed(caller: Caller, error: InvalidOutgoing) -> Self {
        let failed = Self::new(caller, Method::GET, "/");
        Self { body: Err(Fault::Request(error)), ..failed }
    }

    /// Adds a header. An invalid name or value is reported when the call is awaited.
    pub fn header<N, V>(mut self, name: N, value: V) -> Self
    where
        N: TryInto<HeaderName, Error: Into<http::Error>>,
        V: TryInto<HeaderValue, Error: Into<http::Error>>,
    {
        self.request = self.request.header(name, value);
        self
    }

    /// Sets the body and its content type.
    pub fn body<V>(mut self, content_type: V, body: impl Into<Bytes>) -> Self
    where
        V: TryInto<HeaderValue, Error: Into<http::Error>>,
    {
        if let Some(headers) = self.request.headers_mut() {
            headers.remove(CONTENT_TYPE);
        }
        // An earlier error of the request takes precedence over the body.
        if self.body.is_ok() {
            self.body = Ok(body.into());
        }
        self.header(CONTENT_TYPE, content_type)
    }

    /// Sets the body to `data` as JSON, with the content type `application/json`. Data that does
    /// not serialize is reported when the call is awaited.
    pub fn json<T: Serialize + ?Sized>(mut self, data: &T) -> Self {
        match serde_json::to_vec(data) {
            Ok(json) => self.body("application/json", json),
            Err(error) => {
                self.body = self.body.and(Err(Fault::Body(error)));
                self
            }
        }
    }

    /// Sets the body to these parts, with the content type `multipart/form-data`. See [`Multipart`]
    /// for an example.
    pub fn multipart(self, parts: Multipart) -> Self {
        let content_type = parts.content_type();
        self.body(content_type, parts.into_bytes())
    }
}

impl IntoFuture for Call {
    type Output = Result<Answer, CallError>;
    type IntoFuture = BoxFuture<'static, Self::Output>;

    fn into_future(self) -> Self::IntoFuture {
        let Self { caller, target, request, body } = self;
        async move {
            let body = body.map_err(|fault| match fault {
                Fault::Request(error) => Reason::InvalidRequest(error),
                Fault::Body(error) => Reason::NoResponse(error.into()),
            });
            let request = body.and_then(|body| {
                request.body(body).map_err(|error| Reason::NoResponse(error.into()))
            });
            match request {
                Ok(request) => caller.send(request).await,
                Err(reason) => Err(CallError::new(target, reason)),
            }
        }
        .boxed()
    }
}
