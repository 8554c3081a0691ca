//! An event stream whose events have a type.

use std::fmt;
use std::future::IntoFuture;
use std::marker::PhantomData;
use std::ops::{Deref, DerefMut};
use std::time::Duration;

use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use http::{HeaderName, HeaderValue};
use hyperpoint_core::Events;
use hyperpoint_sse::{Event, TypedEvent};
use serde::de::DeserializeOwned;

use crate::event_reader::{EventReader, Stalled};
use crate::events_request::EventsRequest;
use crate::read_error::ReadError;

/// What comes first in a stream that says from which place it goes on.
const READY: &str = "ready";

/// A response that is a stream of events.
#[diagnostic::on_unimplemented(
    message = "`type Response = {Self}` is no stream of events",
    label = "this endpoint answers whole",
    note = "call it with `app.send::<E>(&request)`"
)]
pub trait EventsResponse {
    /// What the stream consists of.
    type Event;
}

impl<T> EventsResponse for Events<T> {
    type Event = T;
}

/// A request for the event stream of an endpoint. Awaited, it is sent, and gives [`TypedEvents`] once
/// the head of the answer is there.
#[must_use = "a request is sent when it is awaited"]
pub struct TypedEventsRequest<T> {
    request: EventsRequest,
    event: PhantomData<fn() -> T>,
}

impl<T> TypedEventsRequest<T> {
    pub(crate) fn new(request: EventsRequest) -> Self {
        Self { request, event: PhantomData }
    }

    /// Sends this header too.
    pub fn header<N, V>(self, name: N, value: V) -> Self
    where
        N: TryInto<HeaderName, Error: Into<http::Error>>,
        V: TryInto<HeaderValue, Error: Into<http::Error>>,
    {
        Self::new(self.request.header(name, value))
    }

    /// Says that the client has all up to the event with this id.
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

/// An [`EventReader`] that knows what the events of its endpoint are.
///
/// It has all that the reader has: [`next`](EventReader::next) gives an event as it came. An event
/// `ready`, by which a topic says where it goes on, is passed over where a typed one is asked for.
///
/// # Example
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
///     async fn handle(&self, _: (), cx: Cx<'_, Self>) -> Result {
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
    /// The next event as the variant of the enum that it is.
    ///
    /// # Errors
    ///
    /// As [`EventReader::next`]; and when it is an event that the enum does not have.
    pub async fn next_event(&mut self) -> Result<T, ReadError>
    where
        T: TypedEvent + DeserializeOwned,
    {
        let event = self.next_of_user(None).await?;
        self.variant(&event)
    }

    /// The next event as the variant that it is, if it comes within this time of tokio's clock.
    ///
    /// # Errors
    ///
    /// As [`next_event`](Self::next_event).
    pub async fn next_event_within(&mut self, time: Duration) -> Result<T, ReadError>
    where
        T: TypedEvent + DeserializeOwned,
    {
        let event = self.next_of_user(Some(time)).await?;
        self.variant(&event)
    }

    /// The data of the next event, for a stream of one type.
    ///
    /// # Errors
    ///
    /// As [`EventReader::next`]; and when the data is none of the type.
    pub async fn next_data(&mut self) -> Result<T, ReadError>
    where
        T: DeserializeOwned,
    {
        let event = self.next_of_user(None).await?;
        self.data(&event)
    }

    /// The data of the next event, if it comes within this time of tokio's clock.
    ///
    /// # Errors
    ///
    /// As [`next_data`](Self::next_data).
    pub async fn next_data_within(&mut self, time: Duration) -> Result<T, ReadError>
    where
        T: DeserializeOwned,
    {
        let event = self.next_of_user(Some(time)).await?;
        self.data(&event)
    }

    /// Leaves, as [`EventReader::disconnect`].
    pub fn disconnect(self) {
        self.reader.disconnect();
    }

    /// Leaves, as [`EventReader::reset`].
    pub fn reset(self) {
        self.reader.reset();
    }

    /// Stays and reads nothing more, as [`EventReader::stop_reading`].
    pub fn stop_reading(self) -> Stalled {
        self.reader.stop_reading()
    }

    async fn next_of_user(&mut self, time: Option<Duration>) -> Result<Event, ReadError> {
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
        T::from_event(event).map_err(|error| self.reader.of_another_type(event, &error))
    }

    fn data(&self, event: &Event) -> Result<T, ReadError>
    where
        T: DeserializeOwned,
    {
        serde_json::from_str(&event.data)
            .map_err(|error| self.reader.of_another_type(event, &error))
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
