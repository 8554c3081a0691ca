//! Responses that are not JSON: statuses, text, bytes and redirects.

use bytes::Bytes;
use http::StatusCode;
use http::header::{HeaderValue, LOCATION};

use super::redirect::Redirect;
use super::send::Send;
use crate::content::Ranged;
use crate::exchange::Sent;
use crate::problem::Problem;

impl<R> Send<'_, R> {
    /// Sends 204 (No Content) without a body.
    ///
    /// On an event stream endpoint, a 204 makes an `EventSource` stop reconnecting.
    ///
    /// # Errors
    ///
    /// A 412 if the response has a version and the client requires another one; see
    /// [`etag`](Self::etag).
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
    /// Always returns the problem as the error, which becomes the response.
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
    /// The problem, if the status is an error; a 500 for a 1xx status; a 412 if the response has a
    /// version and the client requires another one (see [`etag`](Self::etag)).
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

    pub(super) fn status(self, status: StatusCode) -> Result<Sent, Problem> {
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
    /// A 412 if the response has a version and the client requires another one; see
    /// [`etag`](Self::etag).
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

    /// Sends 200 with these bytes and this content type. A content type that is a `HeaderValue` is
    /// not validated again.
    ///
    /// If the response has an [`etag`](Self::etag) or a [`last_modified`](Self::last_modified),
    /// range requests are supported, as for a file.
    ///
    /// # Errors
    ///
    /// A 500 if the content type is not a valid header value; a 412 if the client requires another
    /// version; a 416 for a range after the end.
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
    /// A 400 for an invalid `String`, which may contain data from a client; a 500 for an invalid
    /// literal. A target is invalid if it is not a path on this host and [`Redirect::remote`] was
    /// not called, or if it is empty, contains a control character, or is longer than 8 KiB.
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
}
