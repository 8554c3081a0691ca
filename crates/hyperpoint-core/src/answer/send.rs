//! `Send`: sends the response to a request.

use std::fmt;
use std::sync::Arc;

use bytes::Bytes;
use http::StatusCode;
use http::header::{ETAG, HeaderName, HeaderValue, LAST_MODIFIED, LOCATION};

use super::alternatives::{Alternative, Alternatives};
use super::kinds::{Answer, PlainAnswer};
use super::redirect::Redirect;
use super::reply::Reply;
use crate::content::Ranged;
use crate::exchange::{Exchange, Sent};
use crate::framing::is_framing;
use crate::problem::Problem;

/// Sends the response to a request. Each method takes `self` and returns [`Sent`], the proof that
/// `handle` returns: a request is answered exactly once.
///
/// A non-streaming response is sent when `handle` returns; an error that `handle` returns replaces
/// it.
///
/// # Examples
///
/// ```
/// use hyperpoint::prelude::*;
///
/// #[derive(Endpoint)]
/// struct Greet;
///
/// impl hyperpoint::Endpoint for Greet {
///     type Request = ();
///     type Response = String;
///
///     fn configure(config: &mut Config) {
///         config.get("/greet");
///     }
///
///     async fn handle(&self, (): (), cx: Cx<'_, Self>) -> Result {
///         cx.send.ok_async("Hello".to_owned()).await
///     }
/// }
/// ```
pub struct Send<'a, R> {
    pub(super) exchange: &'a Arc<Exchange>,
    /// Whether the response has an `ETag` or a `Last-Modified`.
    pub(super) is_versioned: bool,
    to_json: fn(&R) -> Result<Option<Vec<u8>>, Problem>,
}

impl<'a, R> Send<'a, R> {
    pub(crate) fn new(exchange: &'a Arc<Exchange>) -> Self
    where
        R: Answer,
    {
        Self { exchange, is_versioned: false, to_json: R::to_json }
    }

    /// Adds a header to the response. Headers that a method sets itself, such as `content-type`,
    /// override it; headers that frame the body (`content-length`, `transfer-encoding`,
    /// `connection`) are set by the connection and ignored here.
    ///
    /// # Examples
    ///
    /// ```
    /// # use hyperpoint::{Problem, Sent, answer::Send};
    /// use hyperpoint::http::header::{HeaderValue, RETRY_AFTER};
    ///
    /// # async fn handle(send: Send<'_, ()>) -> Result<Sent, Problem> {
    /// send.header(RETRY_AFTER, HeaderValue::from_static("5")).no_content_async().await
    /// # }
    /// ```
    #[must_use]
    pub fn header(mut self, name: HeaderName, value: HeaderValue) -> Self {
        if !is_framing(&name) {
            self.is_versioned |= name == ETAG || name == LAST_MODIFIED;
            self.exchange.headers(|headers| headers.append(name, value));
        }
        self
    }

    /// Sends 200 with the response as JSON, or without a body if the response is `()`.
    ///
    /// # Errors
    ///
    /// A 500 if the response cannot be serialized as JSON.
    ///
    /// # Examples
    ///
    /// ```
    /// # use hyperpoint::{Problem, Sent, answer::Send};
    /// # async fn handle(send: Send<'_, Vec<u32>>) -> Result<Sent, Problem> {
    /// send.ok_async(vec![1, 2, 3]).await
    /// # }
    /// ```
    pub fn ok_async<T>(self, response: T) -> Reply<'a>
    where
        R: PlainAnswer<T>,
    {
        self.response_async(StatusCode::OK, response)
    }

    /// Sends this status with the response as JSON, or without a body if the response is `()`.
    ///
    /// # Errors
    ///
    /// A 500 if the response cannot be serialized as JSON.
    ///
    /// # Examples
    ///
    /// ```
    /// # use hyperpoint::{Problem, Sent, answer::Send};
    /// use hyperpoint::http::StatusCode;
    ///
    /// # async fn handle(send: Send<'_, String>) -> Result<Sent, Problem> {
    /// send.response_async(StatusCode::ACCEPTED, "queued".to_owned()).await
    /// # }
    /// ```
    pub fn response_async<T>(self, status: StatusCode, response: T) -> Reply<'a>
    where
        R: PlainAnswer<T>,
    {
        self.json(status, &R::from_data(response))
    }

    pub(super) fn json(self, status: StatusCode, response: &R) -> Reply<'a> {
        let json = (self.to_json)(response);
        Reply::new(json.and_then(|json| {
            let kind = json.as_ref().map(|_| HeaderValue::from_static("application/json"));
            self.plain(status, kind, json.unwrap_or_default().into())
        }))
    }

    /// Sends one of several alternatives, with the status and the data of its variant: a value of
    /// an enum with `#[derive(Answer)]`. A variant without data whose status is an error (4xx, 5xx)
    /// is sent as a problem document.
    ///
    /// # Errors
    ///
    /// The problem, if that is the response; a 500 if the data cannot be serialized as JSON.
    ///
    /// # Examples
    ///
    /// ```
    /// # use hyperpoint::{Problem, Sent, answer::Send};
    /// #[derive(hyperpoint::Answer)]
    /// enum Found {
    ///     #[answer(200)]
    ///     User(String),
    ///     #[answer(404)]
    ///     Missing,
    /// }
    ///
    /// # async fn handle(send: Send<'_, Found>, name: Option<String>) -> Result<Sent, Problem> {
    /// send.answer_async(name.map_or(Found::Missing, Found::User)).await
    /// # }
    /// ```
    pub fn answer_async(self, answer: R) -> Reply<'a>
    where
        R: Alternatives,
    {
        let Alternative { status, json } = answer.into_alternative();
        Reply::new(json.and_then(|json| match json {
            Some(json) => {
                let kind = HeaderValue::from_static("application/json");
                self.plain(status, Some(kind), json.into())
            }
            None => self.status(status),
        }))
    }

    /// Sends 204 without a body.
    ///
    /// From an event stream endpoint, it makes an `EventSource` stop reconnecting.
    ///
    /// # Errors
    ///
    /// None.
    ///
    /// # Examples
    ///
    /// ```
    /// # use hyperpoint::{Problem, Sent, answer::Send};
    /// # async fn handle(send: Send<'_, ()>) -> Result<Sent, Problem> {
    /// send.no_content_async().await
    /// # }
    /// ```
    pub async fn no_content_async(self) -> Result<Sent, Problem> {
        self.plain(StatusCode::NO_CONTENT, None, Bytes::new())
    }

    /// Sends 404, as a problem document.
    ///
    /// # Errors
    ///
    /// Always the problem that is the response.
    ///
    /// # Examples
    ///
    /// ```
    /// # use hyperpoint::{Problem, Sent, answer::Send};
    /// # async fn handle(send: Send<'_, u32>, found: Option<u32>) -> Result<Sent, Problem> {
    /// match found {
    ///     Some(count) => send.ok_async(count).await,
    ///     None => send.not_found_async().await,
    /// }
    /// # }
    /// ```
    pub async fn not_found_async(self) -> Result<Sent, Problem> {
        self.status_async(StatusCode::NOT_FOUND).await
    }

    /// Sends this status without a body; an error status (4xx, 5xx) is sent as a problem document.
    ///
    /// # Errors
    ///
    /// The problem, if the status is an error; a 500 for a 1xx status.
    ///
    /// # Examples
    ///
    /// ```
    /// # use hyperpoint::{Problem, Sent, answer::Send};
    /// use hyperpoint::http::StatusCode;
    ///
    /// # async fn handle(send: Send<'_, ()>) -> Result<Sent, Problem> {
    /// send.status_async(StatusCode::ACCEPTED).await
    /// # }
    /// ```
    pub async fn status_async(self, status: StatusCode) -> Result<Sent, Problem> {
        self.status(status)
    }

    fn status(self, status: StatusCode) -> Result<Sent, Problem> {
        if status.is_informational() {
            return Err(Problem::internal(
                "a 1xx status is not a final response; send a final status",
            ));
        }
        if status.is_client_error() || status.is_server_error() {
            let problem = Problem::new(status);
            let headers = self.exchange.headers(std::mem::take);
            return Err(headers.iter().fold(problem, |problem, (name, value)| {
                problem.header(name.clone(), value.clone())
            }));
        }
        self.plain(status, None, Bytes::new())
    }

    /// Sends 200 with plain text in UTF-8.
    ///
    /// # Errors
    ///
    /// None.
    ///
    /// # Examples
    ///
    /// ```
    /// # use hyperpoint::{Problem, Sent, answer::Send};
    /// # async fn handle(send: Send<'_, ()>) -> Result<Sent, Problem> {
    /// send.string_async("hello").await
    /// # }
    /// ```
    pub async fn string_async(self, text: impl Into<String>) -> Result<Sent, Problem> {
        let kind = HeaderValue::from_static("text/plain; charset=utf-8");
        self.plain(StatusCode::OK, Some(kind), Bytes::from(text.into()))
    }

    /// Sends 200 with bytes of this content type: a text, or a `HeaderValue`, which is not
    /// validated again. If the response has an [`etag`](Self::etag) or a
    /// [`last_modified`](Self::last_modified), range requests are supported, as for a file.
    ///
    /// # Errors
    ///
    /// A 500 if the content type is not a valid header value; a 416 for a range after the end.
    ///
    /// # Examples
    ///
    /// ```
    /// # use hyperpoint::{Problem, Sent, answer::Send};
    /// # async fn handle(send: Send<'_, ()>) -> Result<Sent, Problem> {
    /// send.bytes_async("<h1>Hello</h1>", "text/html; charset=utf-8").await
    /// # }
    /// ```
    pub async fn bytes_async<C>(
        self,
        bytes: impl Into<Bytes>,
        content_type: C,
    ) -> Result<Sent, Problem>
    where
        C: TryInto<HeaderValue, Error: Into<Problem>>,
    {
        let kind = content_type.try_into().map_err(Into::into)?;
        if self.is_versioned {
            return self.content(&kind, Ranged::Bytes(bytes.into()));
        }
        self.plain(StatusCode::OK, Some(kind), bytes.into())
    }

    /// Sends a redirect: to a path on this host, or to the target of a [`Redirect`].
    ///
    /// # Errors
    ///
    /// If the target leaves the host without [`Redirect::remote`], has a control character, or is
    /// longer than 8 KiB: a 400 for a `String`, which may hold what a client sent; a 500 for a
    /// literal.
    ///
    /// # Examples
    ///
    /// ```
    /// # use hyperpoint::{Problem, Redirect, Sent, answer::Send};
    /// # async fn handle(send: Send<'_, ()>) -> Result<Sent, Problem> {
    /// send.redirect_async(Redirect::to("/orders/7").see_other()).await
    /// # }
    /// ```
    pub async fn redirect_async(self, to: impl Into<Redirect>) -> Result<Sent, Problem> {
        let (status, location) = to.into().into_parts()?;
        self.exchange.headers(|headers| headers.insert(LOCATION, location));
        self.plain(status, None, Bytes::new())
    }

    /// Sends the response, or the result of a precondition.
    fn plain(
        self,
        status: StatusCode,
        kind: Option<HeaderValue>,
        body: Bytes,
    ) -> Result<Sent, Problem> {
        if self.is_versioned && status.is_success() && self.is_known()? {
            return Ok(self.not_modified(kind, body.len() as u64));
        }
        self.exchange.answer(status, kind, body);
        Ok(Sent::new())
    }
}

impl<R> fmt::Debug for Send<'_, R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Send").finish_non_exhaustive()
    }
}
