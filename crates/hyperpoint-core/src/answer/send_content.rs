//! Answers that are contents: files, streams of bytes, versions, names to save them by.

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
    Disposition, ETag, Ranged, ServedFile, Verdict, WholeContent, disposition, failed, ranged,
    verdict,
};
use crate::exchange::Sent;
use crate::problem::Problem;
use crate::stream::{ByteStream, IntoPiece};

impl<'a, R> Send<'a, R> {
    /// Names the version that is answered. A GET whose client has it already (`If-None-Match`) is
    /// answered with 304 and no body, one that asks for another (`If-Match`) with 412
    /// (RFC 9110 §13). What changes a thing checks by [`Validators`](crate::Validators) first.
    ///
    /// # Example
    ///
    /// ```
    /// # use hyperpoint_core::{Problem, Sent, answer::Send};
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

    /// Says when what is answered was changed last, in whole seconds. A GET whose client has it
    /// already (`If-Modified-Since`) is answered with 304 and no body.
    #[must_use]
    pub fn last_modified(mut self, time: SystemTime) -> Self {
        // A date is plain ASCII.
        if let Ok(date) = HeaderValue::try_from(httpdate::fmt_http_date(clamped(time))) {
            self.is_versioned = true;
            self.exchange.headers(|headers| headers.insert(LAST_MODIFIED, date));
        }
        self
    }

    /// Has the client save what is answered, under this name, whatever characters it has
    /// (RFC 6266).
    ///
    /// # Example
    ///
    /// ```
    /// # use hyperpoint_core::{Problem, Sent, answer::Send};
    /// # async fn handle(send: Send<'_, ()>) -> Result<Sent, Problem> {
    /// send.download("Zürich.csv").bytes_async("a;b\n", "text/csv; charset=utf-8").await
    /// # }
    /// ```
    #[must_use]
    pub fn download(self, name: &str) -> Self {
        self.disposed(Disposition::Attachment, name)
    }

    /// Has the client show what is answered, and save it under this name if it saves it.
    #[must_use]
    pub fn inline(self, name: &str) -> Self {
        self.disposed(Disposition::Inline, name)
    }

    fn disposed(self, kind: Disposition, name: &str) -> Self {
        let value = disposition(kind, name);
        self.exchange.headers(|headers| headers.insert(CONTENT_DISPOSITION, value));
        self
    }

    /// 200 with a file: a literal path, a file of a [`FileRoot`](crate::FileRoot), or another
    /// [`ServedFile`]. Ranges of it may be asked for, and it has an `ETag` and a `Last-Modified` of
    /// its own unless the answer has one.
    ///
    /// It is read on a thread that may block, 64 KiB at a time, as the client's socket takes it, and
    /// closed when the client leaves.
    ///
    /// # Example
    ///
    /// ```
    /// # use hyperpoint_core::{Problem, Sent, answer::Send};
    /// # async fn handle(send: Send<'_, ()>) -> Result<Sent, Problem> {
    /// send.file_async("assets/logo.svg").await
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// A 404 where there is no such file; a 412 for a precondition that fails, a 416 for a range
    /// behind its end; a 500 where it can't be read.
    ///
    /// # Cancel safety
    ///
    /// Dropping it leaves no answer.
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
        // What a user uploaded is not to be taken for a page.
        let nosniff = HeaderValue::from_static("nosniff");
        self.exchange.headers(|headers| {
            headers.entry(X_CONTENT_TYPE_OPTIONS).or_insert(nosniff);
        });
        self.content(&kind, Ranged::File(file))
    }

    /// 200 with bytes of this content type as a stream yields them: `Bytes`, `Vec<u8>` or text, or a
    /// `Result` of one. The stream may borrow from the endpoint and from `cx`, and is asked for more
    /// as the client's socket takes it. A reader becomes one by `tokio_util::io::ReaderStream`.
    ///
    /// # Example
    ///
    /// ```
    /// # use hyperpoint_core::{Problem, Sent, answer::Send};
    /// # async fn handle(send: Send<'_, ()>, rows: Vec<u32>) -> Result<Sent, Problem> {
    /// let lines = futures_util::stream::iter(rows.iter().map(|row| format!("{row}\n")));
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

    /// A content in whole or in part, or what a precondition makes of it.
    pub(super) fn content(self, kind: &HeaderValue, content: Ranged) -> Result<Sent, Problem> {
        if self.is_known()? {
            return Ok(self.not_modified(Some(kind.clone()), content.length()));
        }
        let headers = self.exchange.headers(std::mem::take);
        let request = self.exchange.request();
        self.exchange.answer_whole(ranged(request, headers, kind, content)?);
        Ok(Sent::new())
    }

    /// Whether the client has this version, and is sent no cookie beside it. What changed a thing is
    /// answered with its new version, which is not what its preconditions were about.
    ///
    /// # Errors
    ///
    /// A 412 where it asks for another one.
    pub(super) fn is_known(&self) -> Result<bool, Problem> {
        let request = self.exchange.request();
        if ![Method::GET, Method::HEAD].contains(&request.method) {
            return Ok(false);
        }
        let (verdict, sets_cookie) = self
            .exchange
            .headers(|headers| (verdict(request, headers), headers.contains_key(SET_COOKIE)));
        match verdict {
            // A shared cache would add the cookie of a 304 to the answer that it has stored.
            Verdict::NotModified => Ok(!sets_cookie),
            Verdict::Proceed => Ok(false),
            Verdict::Failed => Err(failed()),
        }
    }

    /// 304: what the client has is told no more of than its version (RFC 9110 §15.4.5).
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

/// A time that a date can tell: the years from 1970 to 9999 (RFC 9110 §5.6.7).
fn clamped(time: SystemTime) -> SystemTime {
    const LAST_SECOND: u64 = 253_402_300_799;
    let since = time.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    SystemTime::UNIX_EPOCH + since.min(std::time::Duration::from_secs(LAST_SECOND))
}
