//! The one way to answer a request.

use std::error::Error;
use std::fmt;
use std::marker::Send as CanSend;
use std::sync::Arc;

use bytes::Bytes;
use futures_core::Stream;
use http::StatusCode;
use http::header::{ETAG, HeaderName, HeaderValue, LAST_MODIFIED, LOCATION};
use hyperpoint_sse::{EventName, StreamItem};

use super::alternatives::{Alternative, Alternatives};
use super::events::EventAnswer;
use super::kinds::{Answer, PlainAnswer};
use super::redirect::Redirect;
use super::reply::Reply;
use crate::content::Ranged;
use crate::exchange::{Exchange, FrameSource, Sent};
use crate::framing::is_framing;
use crate::problem::Problem;
use crate::stream::{
    EventStream, FrameStream, IntoEvent, IntoItem, IntoStreamItem, Items, Named, OpenEventStream,
    Typed,
};

/// Answers a request. Each method takes `self` and gives [`Sent`], the proof that `handle` returns:
/// a request is answered exactly once.
///
/// A plain answer leaves when `handle` returns; an error returned after it replaces it.
pub struct Send<'a, R> {
    pub(super) exchange: &'a Arc<Exchange>,
    /// Whether the answer names its version.
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

    /// Adds a header to the answer. One of a name that an answer sets by itself, such as
    /// `content-type`, gives way to it; those that frame the body (`content-length`,
    /// `transfer-encoding`, `connection`) are the connection's, and passed over.
    ///
    /// # Example
    ///
    /// ```
    /// # use hyperpoint_core::{Problem, Sent, answer::Send};
    /// use http::header::{HeaderValue, RETRY_AFTER};
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

    /// 200 with the response as JSON; without a body where the response is `()`.
    ///
    /// # Errors
    ///
    /// A 500 when the response can't be JSON.
    pub fn ok_async<T>(self, response: T) -> Reply<'a>
    where
        R: PlainAnswer<T>,
    {
        self.response_async(StatusCode::OK, response)
    }

    /// This status with the response as JSON; without a body where the response is `()`.
    ///
    /// # Errors
    ///
    /// A 500 when the response can't be JSON.
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

    /// One of several answers, with the status and the data of its variant: of an enum with
    /// `#[derive(Answer)]`. One without data whose status refuses (4xx, 5xx) is a problem document.
    ///
    /// # Errors
    ///
    /// The problem, where that is the answer; a 500 when the data can't be JSON.
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

    /// 204.
    ///
    /// From an endpoint that streams, it tells an `EventSource` to stop for good.
    ///
    /// # Errors
    ///
    /// None.
    pub async fn no_content_async(self) -> Result<Sent, Problem> {
        self.plain(StatusCode::NO_CONTENT, None, Bytes::new())
    }

    /// 404, as a problem document.
    ///
    /// # Example
    ///
    /// ```
    /// # use hyperpoint_core::{Problem, Sent, answer::Send};
    /// # async fn handle(send: Send<'_, u32>, found: Option<u32>) -> Result<Sent, Problem> {
    /// match found {
    ///     Some(count) => send.ok_async(count).await,
    ///     None => send.not_found_async().await,
    /// }
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// The problem that is the answer.
    pub async fn not_found_async(self) -> Result<Sent, Problem> {
        self.status_async(StatusCode::NOT_FOUND).await
    }

    /// This status, without a body; a status that refuses (4xx, 5xx) as a problem document.
    ///
    /// # Errors
    ///
    /// The problem, where that is the answer.
    pub async fn status_async(self, status: StatusCode) -> Result<Sent, Problem> {
        self.status(status)
    }

    fn status(self, status: StatusCode) -> Result<Sent, Problem> {
        if status.is_informational() {
            return Err(Problem::internal("a 1xx status is no answer; send a final one"));
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

    /// 200 with plain text in UTF-8.
    ///
    /// # Errors
    ///
    /// None.
    pub async fn string_async(self, text: impl Into<String>) -> Result<Sent, Problem> {
        let kind = HeaderValue::from_static("text/plain; charset=utf-8");
        self.plain(StatusCode::OK, Some(kind), Bytes::from(text.into()))
    }

    /// 200 with bytes of this content type: a text, or a `HeaderValue`, which is not checked again.
    /// Where the answer has an [`etag`](Self::etag) or a [`last_modified`](Self::last_modified),
    /// ranges of them may be asked for, as of a file.
    ///
    /// # Example
    ///
    /// ```
    /// # use hyperpoint_core::{Problem, Sent, answer::Send};
    /// # async fn handle(send: Send<'_, ()>) -> Result<Sent, Problem> {
    /// send.bytes_async("<h1>Hello</h1>", "text/html; charset=utf-8").await
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// A 500 when the content type can't be a header's value; a 416 for a range behind the end.
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

    /// A redirect: a path of this host as it is, or a [`Redirect`] that says more.
    ///
    /// # Example
    ///
    /// ```
    /// # use hyperpoint_core::{Problem, Redirect, Sent, answer::Send};
    /// # async fn handle(send: Send<'_, ()>) -> Result<Sent, Problem> {
    /// send.redirect_async(Redirect::to("/orders/7").see_other()).await
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// If the target leaves the host without [`Redirect::remote`], has a control character, or is
    /// longer than 8 KiB: a 400 for a `String`, which may hold what a client sent; a 500 for a
    /// literal.
    pub async fn redirect_async(self, to: impl Into<Redirect>) -> Result<Sent, Problem> {
        let (status, location) = to.into().into_parts()?;
        self.exchange.headers(|headers| headers.insert(LOCATION, location));
        self.plain(status, None, Bytes::new())
    }

    /// Streams values as events of one name, with JSON data, for as long as the stream and the
    /// client last. Options are methods of the [`EventStream`] that is returned.
    ///
    /// A name is an [`EventName`], or a text that is checked before the head is sent; a bad one is
    /// a 500.
    ///
    /// # Example
    ///
    /// ```
    /// # use hyperpoint_core::{Events, Problem, Sent, answer::Send};
    /// # async fn handle(send: Send<'_, Events<u32>>) -> Result<Sent, Problem> {
    /// send.event_stream_async("count", futures_util::stream::iter(1..=3)).await
    /// # }
    /// ```
    pub fn event_stream_async<N, S, T>(self, name: N, stream: S) -> EventStream<'a>
    where
        R: EventAnswer<T>,
        N: TryInto<EventName, Error: Error + CanSend + Sync + 'static>,
        S: Stream<Item: IntoItem<T>> + CanSend + 'a,
        T: 'a,
    {
        let source = match name.try_into() {
            Ok(name) => Ok(Box::pin(Named::new(name, stream)) as _),
            Err(error) => Err(Problem::from(error)),
        };
        EventStream::new(self.exchange, source)
    }

    /// Streams the events of an enum with `#[derive(Events)]`, each under the name of its variant, for
    /// as long as the stream and the client last.
    ///
    /// # Example
    ///
    /// ```
    /// # use hyperpoint_core::{EventAnswer, Events, Problem, Sent, answer::Send};
    /// # use hyperpoint_sse::TypedEvent;
    /// # use schemars::JsonSchema;
    /// # async fn handle<OrderEvent: TypedEvent + JsonSchema + std::marker::Send + 'static>(
    /// #     send: Send<'_, Events<OrderEvent>>,
    /// #     history: Vec<OrderEvent>,
    /// # ) -> Result<Sent, Problem> {
    /// send.events_async(futures_util::stream::iter(history)).done().await
    /// # }
    /// ```
    pub fn events_async<S, T>(self, stream: S) -> EventStream<'a>
    where
        R: EventAnswer<T>,
        S: Stream<Item: IntoEvent<T>> + CanSend + 'a,
        T: 'a,
    {
        EventStream::new(self.exchange, Ok(Box::pin(Typed::new(stream))))
    }

    /// Streams items of mixed types and names, for as long as the stream and the client last.
    ///
    /// # Example
    ///
    /// ```
    /// # use hyperpoint_core::{Events, Problem, Sent, answer::Send};
    /// use hyperpoint_sse::{EventName, StreamItem};
    ///
    /// const NOTE: EventName = EventName::from_static("note");
    ///
    /// # async fn handle(send: Send<'_, Events>) -> Result<Sent, Problem> {
    /// let items = [StreamItem::text("hello!").named(NOTE).id(1_u32), StreamItem::json(&[1, 2])?];
    /// send.stream_items_async(futures_util::stream::iter(items)).await
    /// # }
    /// ```
    pub fn stream_items_async<S>(self, stream: S) -> EventStream<'a>
    where
        R: EventAnswer<StreamItem>,
        S: Stream<Item: IntoStreamItem> + CanSend + 'a,
    {
        EventStream::new(self.exchange, Ok(Box::pin(Items::new(stream))))
    }

    /// Opens an event stream that the handler then writes to as it goes, through an
    /// [`EventSink`](crate::EventSink).
    pub fn open_event_stream_async<T>(self) -> OpenEventStream<'a, T>
    where
        R: EventAnswer<T>,
    {
        OpenEventStream::new(self.exchange)
    }

    /// Streams frames that are encoded already, and shared with other streams: the way for
    /// libraries that send one event to very many clients. Options are methods of the
    /// [`FrameStream`] that is returned.
    pub fn frames_async<S, T>(self, source: S) -> FrameStream<'a, S>
    where
        R: EventAnswer<T>,
        S: FrameSource,
    {
        FrameStream::new(self.exchange, source)
    }

    /// The answer, or what a precondition makes of it.
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
