//! A call in the making.

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

/// A call in the making. Awaited, it is sent, and gives the [`Answer`], whatever its status.
///
/// # Example
///
/// ```
/// # async fn f(app: hyperpoint_testing::TestApp) -> Result<(), hyperpoint_testing::CallError> {
/// let answer = app.post("/login").header("accept-language", "de").json(&["ann", "secret"]).await?;
/// assert_eq!(answer.status(), 204);
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

/// Why there is nothing to send.
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

    /// A call that fails for this reason.
    pub(crate) fn failed(caller: Caller, error: InvalidOutgoing) -> Self {
        let failed = Self::new(caller, Method::GET, "/");
        Self { body: Err(Fault::Request(error)), ..failed }
    }

    /// Sends this header too.
    pub fn header<N, V>(mut self, name: N, value: V) -> Self
    where
        N: TryInto<HeaderName, Error: Into<http::Error>>,
        V: TryInto<HeaderValue, Error: Into<http::Error>>,
    {
        self.request = self.request.header(name, value);
        self
    }

    /// Sends this body, of this content type.
    pub fn body<V>(mut self, content_type: V, body: impl Into<Bytes>) -> Self
    where
        V: TryInto<HeaderValue, Error: Into<http::Error>>,
    {
        if let Some(headers) = self.request.headers_mut() {
            headers.remove(CONTENT_TYPE);
        }
        // A request that can't be made stays so.
        if self.body.is_ok() {
            self.body = Ok(body.into());
        }
        self.header(CONTENT_TYPE, content_type)
    }

    /// Sends this as JSON.
    pub fn json<T: Serialize + ?Sized>(mut self, data: &T) -> Self {
        match serde_json::to_vec(data) {
            Ok(json) => self.body("application/json", json),
            Err(error) => {
                self.body = self.body.and(Err(Fault::Body(error)));
                self
            }
        }
    }

    /// Sends these parts, as `multipart/form-data`.
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
                Fault::Request(error) => Reason::NotMade(error),
                Fault::Body(error) => Reason::NotAnswered(error.into()),
            });
            let request = body.and_then(|body| {
                request.body(body).map_err(|error| Reason::NotAnswered(error.into()))
            });
            match request {
                Ok(request) => caller.ask(request).await,
                Err(reason) => Err(CallError::new(target, reason)),
            }
        }
        .boxed()
    }
}
