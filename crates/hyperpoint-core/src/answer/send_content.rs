//! Responses with files and byte streams, and the headers for versions and for file names.

use std::marker::Send as CanSend;
use std::time::SystemTime;

use bytes::Bytes;
use futures_core::Stream;
use http::header::{
    CONTENT_DISPOSITION, CONTENT_ENCODING, CONTENT_LANGUAGE, CONTENT_TYPE, ETAG, HeaderValue,
    LAST_MODIFIED, SET_COOKIE, X_CONTENT_TYPE_OPTIONS,
};
use http::{Method, StatusCode};

use super::send::Send;
use crate::content::{
    Disposition, ETag, Ranged, ServedFile, WholeContent, disposition, has_version, ranged,
};
use crate::exchange::Sent;
use crate::problem::Problem;
use crate::stream::{ByteStream, IntoPiece};

impl<'a, R> Send<'a, R> {
    /// Sets the `ETag`, which identifies the version of the response.
    ///
    /// A successful, non-streaming response to GET, HEAD or QUERY becomes a 304 without a body if
    /// the client already has this version (`If-None-Match`) and the response sets no cookie. It
    /// becomes a 412 if the client requires another version (`If-Match`, RFC 9110 §13). For other
    /// methods and for streams, the preconditions are not evaluated. Before a change, check them
    /// with [`Validators`](crate::Validators).
    ///
    /// # Examples
    ///
    /// ```
    /// # use hyperpoint::{Problem, Sent, answer::Send};
    /// # async fn handle(send: Send<'_, String>, version: u64) -> Result<Sent, Problem> {
    /// send.etag(version).ok_async("the room".to_owned()).await
    /// # }
    /// ```
    #[must_use]
    pub fn etag(mut self, tag: impl Into<ETag>) -> Self {
        self.is_versioned = true;
        self.exchange.headers(|headers| headers.insert(ETAG, tag.into().into_header()));
        self
    }

    /// Sets `Last-Modified`, the time of the last change. It is rounded down to whole seconds, and
    /// clamped to the years from 1970 to 9999.
    ///
    /// A successful, non-streaming response to GET, HEAD or QUERY becomes a 304 without a body if
    /// the client already has this version (`If-Modified-Since`) and the response sets no cookie.
    /// It becomes a 412 if the client requires an older version (`If-Unmodified-Since`). For other
    /// methods and for streams, the preconditions are not evaluated. Before a change, check them
    /// with [`Validators`](crate::Validators).
    ///
    /// # Examples
    ///
    /// ```
    /// # use hyperpoint::{Problem, Sent, answer::Send};
    /// use std::time::SystemTime;
    ///
    /// # async fn handle(send: Send<'_, String>, modified: SystemTime) -> Result<Sent, Problem> {
    /// send.last_modified(modified).ok_async("the room".to_owned()).await
    /// # }
    /// ```
    #[must_use]
    pub fn last_modified(mut self, time: SystemTime) -> Self {
        // An HTTP date is ASCII, so the conversion always succeeds.
        if let Ok(date) = HeaderValue::try_from(httpdate::fmt_http_date(clamped(time))) {
            self.is_versioned = true;
            self.exchange.headers(|headers| headers.insert(LAST_MODIFIED, date));
        }
        self
    }

    /// Makes the client save the response as a file with this name (`Content-Disposition`, RFC
    /// 6266). The name may contain any characters; path separators and control characters are
    /// replaced with `_`.
    ///
    /// # Examples
    ///
    /// ```
    /// # use hyperpoint::{Problem, Sent, answer::Send};
    /// # async fn handle(send: Send<'_, ()>) -> Result<Sent, Problem> {
    /// send.download("Zürich.csv").bytes_async("a;b\n", "text/csv; charset=utf-8").await
    /// # }
    /// ```
    #[must_use]
    pub fn download(self, name: &str) -> Self {
        self.disposed(Disposition::Attachment, name)
    }

    /// Makes the client display the response, and use this name if the user saves it
    /// (`Content-Disposition`, RFC 6266). Path separators and control characters of the name are
    /// replaced with `_`.
    ///
    /// # Examples
    ///
    /// ```
    /// # use hyperpoint::{Problem, Sent, answer::Send};
    /// # async fn handle(send: Send<'_, ()>) -> Result<Sent, Problem> {
    /// send.inline("invoice 7.pdf").file_async("invoices/7.pdf").await
    /// # }
    /// ```
    #[must_use]
    pub fn inline(self, name: &str) -> Self {
        self.disposed(Disposition::Inline, name)
    }

    fn disposed(self, kind: Disposition, name: &str) -> Self {
        let value = disposition(kind, name);
        self.exchange.headers(|headers| headers.insert(CONTENT_DISPOSITION, value));
        self
    }

    /// Sends a file: a literal path, a file of a [`FileRoot`](crate::FileRoot), or another
    /// [`ServedFile`]. The status is 200, or 206 for a range request.
    ///
    /// The response has the `ETag` and the `Last-Modified` of the file, and
    /// `X-Content-Type-Options: nosniff`, unless the handler sets these headers. Preconditions are
    /// evaluated as for [`etag`](Self::etag).
    ///
    /// The file is read on a blocking thread, up to 64 KiB at a time and as fast as the client
    /// receives it. It is closed at the end of the response, or when the client disconnects.
    ///
    /// # Errors
    ///
    /// A 404 if the file does not exist, is not a regular file, or the process has no permission to
    /// read it; a 412 for a failed precondition; a 416 for a range after the end; a 500 for another
    /// I/O error or an invalid content type.
    ///
    /// # Cancel safety
    ///
    /// Cancel safe: if the future is dropped, no response is sent.
    ///
    /// # Examples
    ///
    /// ```
    /// # use hyperpoint::{Problem, Sent, answer::Send};
    /// # async fn handle(send: Send<'_, ()>) -> Result<Sent, Problem> {
    /// send.file_async("assets/logo.svg").await
    /// # }
    /// ```
    pub async fn file_async<F>(mut self, file: F) -> Result<Sent, Problem>
    where
        F: Into<ServedFile> + CanSend,
    {
        let (file, kind) = file.into().open().await?;
        let known = |name| self.exchange.headers(|headers| headers.contains_key(name));
        let (has_tag, has_date) = (known(ETAG), known(LAST_MODIFIED));
        if let Some((tag, modified)) = file.version() {
            self = if has_tag { self } else { self.etag(tag) };
            self = if has_date { self } else { self.last_modified(modified) };
        }
        // Prevents browsers from interpreting an uploaded file as a page.
        let nosniff = HeaderValue::from_static("nosniff");
        self.exchange.headers(|headers| {
            headers.entry(X_CONTENT_TYPE_OPTIONS).or_insert(nosniff);
        });
        self.content(&kind, Ranged::File(file))
    }

    /// Sends 200 with the bytes that a stream yields. An item is `Bytes`, a `Vec<u8>` or text, or a
    /// `Result` with one of these.
    ///
    /// The stream may borrow from the endpoint and from `cx`, and is polled as fast as the client
    /// receives the data. To send an `AsyncRead`, wrap it in a `tokio_util::io::ReaderStream`.
    ///
    /// # Examples
    ///
    /// ```
    /// # use hyperpoint::{Problem, Sent, answer::Send};
    /// use hyperpoint::prelude::stream;
    ///
    /// # async fn handle(send: Send<'_, ()>, rows: Vec<u32>) -> Result<Sent, Problem> {
    /// let lines = stream! {
    ///     for row in &rows {
    ///         yield format!("{row}\n");
    ///     }
    /// };
    /// send.download("rows.csv").stream_async(lines, "text/csv").await
    /// # }
    /// ```
    pub fn stream_async<S, C>(self, stream: S, content_type: C) -> ByteStream<'a>
    where
        S: Stream<Item: IntoPiece> + CanSend + 'a,
        C: TryInto<HeaderValue, Error: Into<Problem>>,
    {
        let source = match content_type.try_into() {
            Ok(kind) => {
                self.exchange.headers(|headers| headers.insert(CONTENT_TYPE, kind));
                Ok(Box::pin(stream) as _)
            }
            Err(error) => Err(error.into()),
        };
        ByteStream::new(self.exchange, source)
    }

    /// Stores a response with the whole content or the requested ranges, or a 304 if
    /// [`is_known`](Self::is_known) returns `true`.
    ///
    /// # Errors
    ///
    /// A 412 if the client requires another version; a 416 for a range after the end.
    pub(super) fn content(self, kind: &HeaderValue, content: Ranged) -> Result<Sent, Problem> {
        if self.is_known()? {
            return Ok(self.not_modified(Some(kind.clone()), content.length()));
        }
        let headers = self.exchange.headers(std::mem::take);
        let request = self.exchange.request();
        self.exchange.answer_whole(ranged(request, headers, kind, content)?);
        Ok(Sent::new())
    }

    /// Returns whether the response becomes a 304: the method is GET, HEAD or QUERY, the client
    /// already has this version, and the response sets no cookie.
    ///
    /// The preconditions of a request with another method are not evaluated: the response may
    /// contain the version of the resource after a change, to which they do not apply.
    ///
    /// # Errors
    ///
    /// A 412 if the client requires another version.
    pub(super) fn is_known(&self) -> Result<bool, Problem> {
        let request = self.exchange.request();
        if ![Method::GET, Method::HEAD, Method::QUERY].contains(&request.method) {
            return Ok(false);
        }
        self.exchange.headers(|headers| {
            // A shared cache would add the cookie of a 304 to the response that it has stored.
            Ok(has_version(request, headers)? && !headers.contains_key(SET_COOKIE))
        })
    }

    /// Stores a 304 without the headers that describe the content (RFC 9110 §15.4.5). `ETag` and
    /// `Last-Modified` are kept.
    pub(super) fn not_modified(self, content_type: Option<HeaderValue>, length: u64) -> Sent {
        let is_encoded = self.exchange.headers(|headers| headers.contains_key(CONTENT_ENCODING));
        self.exchange.extend(WholeContent { content_type, is_encoded, length });
        self.exchange.headers(|headers| {
            for name in [CONTENT_DISPOSITION, CONTENT_ENCODING, CONTENT_LANGUAGE, CONTENT_TYPE] {
                headers.remove(name);
            }
        });
        self.exchange.answer(StatusCode::NOT_MODIFIED, None, Bytes::new());
        Sent::new()
    }
}

/// Clamps a time to the range of an HTTP date: the years from 1970 to 9999 (RFC 9110 §5.6.7).
fn clamped(time: SystemTime) -> SystemTime {
    const LAST_SECOND: u64 = 253_402_300_799;
    let since = time.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    SystemTime::UNIX_EPOCH + since.min(std::time::Duration::from_secs(LAST_SECOND))
}
