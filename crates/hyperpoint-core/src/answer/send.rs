//! `Send`: sends the response to a request.

use std::error::Error;
use std::fmt;
use std::marker::Send as CanSend;
use std::sync::Arc;

use bytes::Bytes;
use futures_core::Stream;
use http::StatusCode;
use http::header::{ETAG, HeaderName, HeaderValue, LAST_MODIFIED};
use hyperpoint_sse::stream::FrameSource;
use hyperpoint_sse::{EventName, StreamItem, TypedEvent};

use super::alternatives::{Alternative, Alternatives};
use super::events::EventAnswer;
use super::kinds::{Answer, PlainAnswer};
use super::reply::Reply;
use crate::exchange::{Exchange, Sent};
use crate::framing::is_framing;
use crate::problem::Problem;
use crate::stream::{
    EventStream, FrameStream, IntoEvent, IntoItem, IntoStreamItem, Items, Named, OpenEventStream,
    Typed,
};

/// Sends the response to a request. Each sending method consumes `self` and results in a [`Sent`],
/// the proof that `handle` has to return, so a request is answered exactly once.
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
    /// Whether the handler has set an `ETag` or a `Last-Modified`.
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

    /// Admits the event stream before it is opened, so that a handler does not start work whose
    /// result cannot be streamed.
    ///
    /// # Errors
    ///
    /// The problem if the client does not accept events or is at its limit of streams, or if the
    /// host is stopping.
    #[doc(hidden)]
    pub fn reserve_stream(&self) -> Result<(), Problem> {
        self.exchange.reserve_stream()
    }

    /// Adds a header to the response. If the sending method sets the same header, such as
    /// `content-type`, the value of the method replaces it, except for the headers that
    /// [`file_async`](Self::file_async) sets only if they are absent.
    ///
    /// The headers `content-length`, `transfer-encoding` and `connection` are ignored, because only
    /// the connection sets them.
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
    /// A 500 if the response cannot be serialized as JSON; a 412 if the client requires another
    /// version (see [`etag`](Self::etag)).
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
    /// A 500 if the response cannot be serialized as JSON; a 412 if the client requires another
    /// version (see [`etag`](Self::etag)).
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

    /// Sends a value of an enum with `#[derive(Answer)]`, with the status and the data of its
    /// variant.
    ///
    /// A variant without data whose status is an error (4xx, 5xx) is sent as a problem document.
    ///
    /// # Errors
    ///
    /// The problem, if the variant is sent as a problem document; a 500 if the data cannot be
    /// serialized as JSON; a 412 if the client requires another version (see [`etag`](Self::etag)).
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
    pub fn answer_async<T>(self, answer: T) -> Reply<'a>
    where
        R: PlainAnswer<T>,
        T: Alternatives,
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

    /// Sends the values of a stream as events of one name, with JSON data. The response ends when
    /// the stream of values ends; [`EventStream`] documents the other reasons for its end, and has
    /// methods for options.
    ///
    /// The name is an [`EventName`], or a string that is validated before the response head is
    /// sent.
    ///
    /// # Errors
    ///
    /// A 500 if the name is invalid, or if it is [reserved](EventName::check_unreserved) and the
    /// response is a stream for `EventSource`; the other errors of [`EventStream`].
    ///
    /// # Examples
    ///
    /// ```
    /// # use hyperpoint::{Events, Problem, Sent, answer::Send};
    /// use hyperpoint::prelude::stream;
    ///
    /// # async fn handle(send: Send<'_, Events<u32>>) -> Result<Sent, Problem> {
    /// let counts = stream! {
    ///     for count in 1..=3_u32 {
    ///         yield count;
    ///     }
    /// };
    /// send.event_stream_async("count", counts).await
    /// # }
    /// ```
    pub fn event_stream_async<N, S, T>(self, name: N, stream: S) -> EventStream<'a>
    where
        R: EventAnswer<T>,
        N: TryInto<EventName, Error: Error + CanSend + Sync + 'static>,
        S: Stream<Item: IntoItem<T>> + CanSend + 'a,
        T: 'a,
    {
        let name = name.try_into().map_err(Problem::from).and_then(|name| {
            self.exchange.check_name(Some(&name))?;
            Ok(name)
        });
        let source = name.map(|name| Box::pin(Named::new(name, stream)) as _);
        EventStream::new(self.exchange, source)
    }

    /// Sends the values of a stream as events. The values are of an enum with `#[derive(Events)]`,
    /// and each event has the name of its variant. The response ends when the stream of values
    /// ends; [`EventStream`] documents the other reasons for its end, and has methods for options.
    ///
    /// # Errors
    ///
    /// A 500 if the name of any variant is [reserved](EventName::check_unreserved) and the response
    /// is a stream for `EventSource`; the other errors of [`EventStream`].
    ///
    /// # Examples
    ///
    /// ```
    /// # use hyperpoint::{Problem, Sent, answer::Send};
    /// # type Result = std::result::Result<Sent, Problem>;
    /// use hyperpoint::Events;
    /// use hyperpoint::prelude::{JsonSchema, Serialize, stream};
    ///
    /// #[derive(Serialize, JsonSchema, Events)]
    /// enum OrderEvent {
    ///     Placed { id: u64 },
    ///     Shipped { id: u64 },
    /// }
    ///
    /// # async fn handle(send: Send<'_, Events<OrderEvent>>) -> Result {
    /// let history = stream! {
    ///     yield OrderEvent::Placed { id: 7 };
    ///     yield OrderEvent::Shipped { id: 7 };
    /// };
    /// send.events_async(history).done().await
    /// # }
    /// ```
    pub fn events_async<S, T>(self, stream: S) -> EventStream<'a>
    where
        R: EventAnswer<T>,
        S: Stream<Item: IntoEvent<T>> + CanSend + 'a,
        T: 'a,
    {
        let mut names = <S::Item as IntoEvent<T>>::Event::NAMES.iter();
        let checked = names.try_for_each(|name| self.exchange.check_name(Some(name)));
        let source = checked.map_err(Problem::from).map(|()| Box::pin(Typed::new(stream)) as _);
        EventStream::new(self.exchange, source)
    }

    /// Sends the items of a stream, which may have different names and types of data. The response
    /// ends when the stream of items ends; [`EventStream`] documents the errors and the other
    /// reasons for the end, and has methods for options.
    ///
    /// # Examples
    ///
    /// ```
    /// # use hyperpoint::{Events, Problem, Sent, answer::Send};
    /// use hyperpoint::prelude::stream;
    /// use hyperpoint::{EventName, StreamItem};
    ///
    /// const NOTE: EventName = EventName::from_static("note");
    ///
    /// # async fn handle(send: Send<'_, Events>) -> Result<Sent, Problem> {
    /// let items = [StreamItem::text("hello!").named(NOTE).id(1_u32), StreamItem::json(&[1, 2])?];
    /// let items = stream! {
    ///     for item in items {
    ///         yield item;
    ///     }
    /// };
    /// send.stream_items_async(items).await
    /// # }
    /// ```
    pub fn stream_items_async<S>(self, stream: S) -> EventStream<'a>
    where
        R: EventAnswer<StreamItem>,
        S: Stream<Item: IntoStreamItem> + CanSend + 'a,
    {
        EventStream::new(self.exchange, Ok(Box::pin(Items::new(self.exchange, stream))))
    }

    /// Opens an event stream to which the handler writes through an
    /// [`EventSink`](crate::EventSink). The returned [`OpenEventStream`] has methods for options.
    ///
    /// # Examples
    ///
    /// ```
    /// # use hyperpoint::{Events, Problem, Sent, answer::Send};
    /// # async fn handle(send: Send<'_, Events<u32>>) -> Result<Sent, Problem> {
    /// let mut events = send.open_event_stream_async().await?;
    /// for count in 1..=3 {
    ///     events.send("count", &count).await?;
    /// }
    /// events.close().await
    /// # }
    /// ```
    pub fn open_event_stream_async<T>(self) -> OpenEventStream<'a, T>
    where
        R: EventAnswer<T>,
    {
        OpenEventStream::new(self.exchange)
    }

    /// Sends frames that are already encoded and shared with other event streams, for libraries
    /// that send one event to many clients. The returned [`FrameStream`] has methods for options.
    pub fn frames_async<S, T>(self, source: S) -> FrameStream<'a, S>
    where
        R: EventAnswer<T>,
        S: FrameSource,
    {
        FrameStream::new(self.exchange, source)
    }

    /// Stores the response. If its status is successful and it has a version, stores a 304 instead
    /// if [`is_known`](Self::is_known) returns `true`.
    ///
    /// # Errors
    ///
    /// A 412 if the client requires another version.
    pub(super) fn plain(
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
