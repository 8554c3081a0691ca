//! Responses that are event streams.

use std::error::Error;
use std::marker::Send as CanSend;

use futures_core::Stream;
use hyperpoint_sse::{EventName, StreamItem};

use super::events::EventAnswer;
use super::send::Send;
use crate::exchange::FrameSource;
use crate::problem::Problem;
use crate::stream::{
    EventStream, FrameStream, IntoEvent, IntoItem, IntoStreamItem, Items, Named, OpenEventStream,
    Typed,
};

impl<'a, R> Send<'a, R> {
    /// Streams values as events of one name, with JSON data, until the stream ends or the client
    /// disconnects. Options are methods of the returned [`EventStream`].
    ///
    /// The name is an [`EventName`], or a text that is validated before the response head is sent;
    /// an invalid one is a 500.
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
        let source = match name.try_into() {
            Ok(name) => Ok(Box::pin(Named::new(name, stream)) as _),
            Err(error) => Err(Problem::from(error)),
        };
        EventStream::new(self.exchange, source)
    }

    /// Streams the values of an enum with `#[derive(Events)]`, each as an event with the name of
    /// its variant, until the stream ends or the client disconnects.
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
        EventStream::new(self.exchange, Ok(Box::pin(Typed::new(stream))))
    }

    /// Streams items of mixed types and names, until the stream ends or the client disconnects.
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
        EventStream::new(self.exchange, Ok(Box::pin(Items::new(stream))))
    }

    /// Opens an event stream to which the handler writes through an
    /// [`EventSink`](crate::EventSink).
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

    /// Streams frames that are already encoded and shared with other streams: for libraries that
    /// send one event to many clients. Options are methods of the returned [`FrameStream`].
    pub fn frames_async<S, T>(self, source: S) -> FrameStream<'a, S>
    where
        R: EventAnswer<T>,
        S: FrameSource,
    {
        FrameStream::new(self.exchange, source)
    }
}
