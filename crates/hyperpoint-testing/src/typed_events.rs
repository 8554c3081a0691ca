//! A reader of an event stream that decodes its events to their Rust type.

use std::fmt;
use std::future::IntoFuture;
use std::marker::PhantomData;
use std::ops::{Deref, DerefMut};
use std::time::Duration;

use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use http::{HeaderName, HeaderValue};
use hyperpoint_core::{Events, JsonOrEvents};
use hyperpoint_sse::{Event, TypedEvent};
use serde::de::DeserializeOwned;

use crate::event_reader::{EventReader, Stalled};
use crate::events_request::EventsRequest;
use crate::read_error::ReadError;

/// The name of the event that reports the position at which a stream of a topic starts.
const READY: &str = "ready";

/// A response type that is always or sometimes an event stream: `Events` or `JsonOrEvents`.
///
/// # Examples
///
/// ```
/// use hyperpoint::prelude::*;
/// use hyperpoint_testing::{EventsResponse, ReadError, TestApp};
///
/// /// Returns the first number of any endpoint that streams numbers and takes no request.
/// async fn first<E>(app: &TestApp) -> Result<u32, ReadError>
/// where
///     E: Endpoint<Request = (), Response: EventsResponse<Event = u32>>,
/// {
///     app.events::<E>(&()).await?.next_data().await
/// }
/// ```
#[diagnostic::on_unimplemented(
    message = "`type Response = {Self}` is not an event stream",
    label = "this endpoint does not respond with `Events`",
    note = "call it with `app.send::<E>(&request)`"
)]
pub trait EventsResponse {
    /// The type of the stream's events.
    type Event;
}

impl<T> EventsResponse for Events<T> {
    type Event = T;
}

impl<A, T> EventsResponse for JsonOrEvents<A, T> {
    type Event = T;
}

/// A request for the event stream of an endpoint. Awaiting it sends the request and returns
/// [`TypedEvents`] once the head of the response is received.
///
/// # Examples
///
/// ```
/// use hyperpoint::prelude::*;
/// use hyperpoint_testing::TestApp;
///
/// /// Counts from the number after the client's last event id.
/// #[derive(Endpoint)]
/// struct Count;
///
/// impl Endpoint for Count {
///     type Request = ();
///     type Response = Events;
///
///     fn configure(config: &mut Config) {
///         config.get("/count");
///         config.allow_anonymous();
///     }
///
///     async fn handle(&self, (): (), cx: Cx<'_, Self>) -> Result {
///         let last: u32 = cx.last_event_id.and_then(|id| id.parse().ok()).unwrap_or(0);
///         let numbers = stream! {
///             for number in last + 1.. {
///                 yield StreamItem::text(number.to_string()).id(number);
///             }
///         };
///         cx.send.stream_items_async(numbers).await
///     }
/// }
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
/// let app = TestApp::new(Host::empty().endpoint::<Count>())?;
/// let request = app.events::<Count>(&()).header("accept-language", "en");
/// let mut numbers = request.last_event_id("41").await?;
/// assert_eq!(numbers.next().await?.data, "42");
/// # Ok(())
/// # }
/// ```
#[must_use = "a request is sent when it is awaited"]
pub struct TypedEventsRequest<T> {
    request: EventsRequest,
    event: PhantomData<fn() -> T>,
}

impl<T> TypedEventsRequest<T> {
    pub(crate) fn new(request: EventsRequest) -> Self {
        Self { request, event: PhantomData }
    }

    /// Adds a header. An invalid name or value is reported when the request is awaited.
    pub fn header<N, V>(self, name: N, value: V) -> Self
    where
        N: TryInto<HeaderName, Error: Into<http::Error>>,
        V: TryInto<HeaderValue, Error: Into<http::Error>>,
    {
        Self::new(self.request.header(name, value))
    }

    /// Sets the `Last-Event-ID` header: the client has all events up to this id.
    pub fn last_event_id(self, id: &str) -> Self {
        Self::new(self.request.last_event_id(id))
    }
}

impl<T> IntoFuture for TypedEventsRequest<T> {
    type Output = Result<TypedEvents<T>, ReadError>;
    type IntoFuture = BoxFuture<'static, Self::Output>;

    fn into_future(self) -> Self::IntoFuture {
        let reader = self.request.into_future();
        reader.map(|reader| Ok(TypedEvents { reader: reader?, event: PhantomData })).boxed()
    }
}

/// An [`EventReader`] that also decodes the events of its endpoint to their type.
///
/// `TypedEvents` dereferences to the reader, whose [`next`](EventReader::next) returns an event
/// without decoding its data. The methods that decode skip the event `ready`, which reports the
/// position at which the stream of a topic starts. Their timeout starts again after `ready`.
///
/// # Examples
///
/// ```
/// use hyperpoint::prelude::*;
/// use hyperpoint_testing::TestApp;
///
/// #[derive(Debug, PartialEq, Serialize, Deserialize, JsonSchema, Events)]
/// enum Step {
///     Mixed { grams: u32 },
///     Baked,
/// }
///
/// #[derive(Endpoint)]
/// struct Bake;
///
/// impl Endpoint for Bake {
///     type Request = ();
///     type Response = Events<Step>;
///
///     fn configure(config: &mut Config) {
///         config.get("/bake");
///         config.allow_anonymous();
///     }
///
///     async fn handle(&self, (): (), cx: Cx<'_, Self>) -> Result {
///         let mut steps = cx.send.open_event_stream_async().await?;
///         steps.event(&Step::Mixed { grams: 500 }).await?;
///         steps.event(&Step::Baked).await?;
///         steps.close().await
///     }
/// }
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
/// let app = TestApp::new(Host::empty().endpoint::<Bake>())?;
/// let mut steps = app.events::<Bake>(&()).await?;
/// assert_eq!(steps.next_event().await?, Step::Mixed { grams: 500 });
/// assert_eq!(steps.next_event().await?, Step::Baked);
/// steps.ended().await?;
/// # Ok(())
/// # }
/// ```
pub struct TypedEvents<T> {
    reader: EventReader,
    event: PhantomData<fn() -> T>,
}

impl<T> TypedEvents<T> {
    /// Waits for the next event and decodes it to a variant of the enum `T`, which derives
    /// `Events`.
    ///
    /// # Errors
    ///
    /// Returns the errors of [`EventReader::next`], and an error if the event is not a variant of
    /// `T`.
    pub async fn next_event(&mut self) -> Result<T, ReadError>
    where
        T: TypedEvent + DeserializeOwned,
    {
        let event = self.next_typed(None).await?;
        self.variant(&event)
    }

    /// Waits for the next event with this timeout, measured by tokio's clock, and decodes it to a
    /// variant of the enum `T`.
    ///
    /// # Errors
    ///
    /// Returns the errors of [`next_event`](Self::next_event).
    ///
    /// # Examples
    ///
    /// ```
    /// use std::time::Duration;
    ///
    /// use hyperpoint::prelude::*;
    /// use hyperpoint_testing::{ReadError, TypedEvents};
    ///
    /// #[derive(Debug, PartialEq, Serialize, Deserialize, JsonSchema, Events)]
    /// enum Light {
    ///     Red,
    ///     Green,
    /// }
    ///
    /// async fn turns_green(lights: &mut TypedEvents<Light>) -> Result<bool, ReadError> {
    ///     Ok(lights.next_event_within(Duration::from_secs(1)).await? == Light::Green)
    /// }
    /// ```
    pub async fn next_event_within(&mut self, time: Duration) -> Result<T, ReadError>
    where
        T: TypedEvent + DeserializeOwned,
    {
        let event = self.next_typed(Some(time)).await?;
        self.variant(&event)
    }

    /// Waits for the next event and decodes its data from JSON, for a stream whose events all have
    /// the type `T`.
    ///
    /// # Errors
    ///
    /// Returns the errors of [`EventReader::next`], and an error if the data cannot be decoded as a
    /// `T`.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::time::Duration;
    ///
    /// use hyperpoint_testing::{ReadError, TypedEvents};
    ///
    /// async fn difference(prices: &mut TypedEvents<i64>) -> Result<i64, ReadError> {
    ///     let first = prices.next_data().await?;
    ///     Ok(prices.next_data_within(Duration::from_secs(1)).await? - first)
    /// }
    /// ```
    pub async fn next_data(&mut self) -> Result<T, ReadError>
    where
        T: DeserializeOwned,
    {
        let event = self.next_typed(None).await?;
        self.data(&event)
    }

    /// Waits for the next event with this timeout, measured by tokio's clock, and decodes its data.
    ///
    /// # Errors
    ///
    /// Returns the errors of [`next_data`](Self::next_data).
    pub async fn next_data_within(&mut self, time: Duration) -> Result<T, ReadError>
    where
        T: DeserializeOwned,
    {
        let event = self.next_typed(Some(time)).await?;
        self.data(&event)
    }

    /// Disconnects as [`EventReader::disconnect`] does.
    pub fn disconnect(self) {
        self.reader.disconnect();
    }

    /// Disconnects as [`EventReader::reset`] does.
    pub fn reset(self) {
        self.reader.reset();
    }

    /// Stays connected and reads nothing more, as [`EventReader::stop_reading`] does.
    pub fn stop_reading(self) -> Stalled {
        self.reader.stop_reading()
    }

    /// Waits for the next event that is not `ready`, with the default timeout if `time` is `None`.
    async fn next_typed(&mut self, time: Option<Duration>) -> Result<Event, ReadError> {
        loop {
            let event = match time {
                Some(time) => self.reader.next_within(time).await?,
                None => self.reader.next().await?,
            };
            if event.name != READY {
                return Ok(event);
            }
        }
    }

    fn variant(&self, event: &Event) -> Result<T, ReadError>
    where
        T: TypedEvent + DeserializeOwned,
    {
        T::from_event(event).map_err(|error| self.reader.unexpected_event(event, &error))
    }

    fn data(&self, event: &Event) -> Result<T, ReadError>
    where
        T: DeserializeOwned,
    {
        serde_json::from_str(&event.data)
            .map_err(|error| self.reader.unexpected_event(event, &error))
    }
}

impl<T> Deref for TypedEvents<T> {
    type Target = EventReader;

    fn deref(&self) -> &EventReader {
        &self.reader
    }
}

impl<T> DerefMut for TypedEvents<T> {
    fn deref_mut(&mut self) -> &mut EventReader {
        &mut self.reader
    }
}

impl<T> fmt::Debug for TypedEventsRequest<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.request, f)
    }
}

impl<T> fmt::Debug for TypedEvents<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.reader, f)
    }
}
