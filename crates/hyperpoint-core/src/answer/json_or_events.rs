//! Responses that are data or an event stream, decided per request.

use std::any::TypeId;
use std::fmt;
use std::marker::PhantomData;
use std::ops::Deref;

use hyperpoint_sse::StreamItem;
use serde::{Deserialize, Deserializer};

use super::events::EventAnswer;
use super::kinds::{Answer, PlainAnswer};
use super::possible_answer::PossibleAnswer;
use crate::problem::Problem;

/// The response type of an endpoint that decides per request whether it sends data of type `A` or,
/// like [`Events<T>`](super::Events), a stream of events of type `T`.
///
/// `A` is JSON data, `()`, or an enum with `#[derive(Answer)]`, whose variants have their own
/// statuses. A request that the handler answers with data does not count towards the limits of
/// event streams, and is not refused while the host is shutting down.
///
/// # Examples
///
/// ```
/// use hyperpoint::JsonOrEvents;
/// use hyperpoint::prelude::*;
///
/// #[derive(Deserialize, JsonSchema)]
/// struct Prompt {
///     prompt: String,
///     #[serde(default)]
///     stream: bool,
/// }
///
/// #[derive(Endpoint)]
/// struct Complete;
///
/// impl Endpoint for Complete {
///     type Request = Prompt;
///     type Response = JsonOrEvents<String>;
///
///     fn configure(config: &mut Config) {
///         config.post("/complete");
///     }
///
///     async fn handle(&self, request: Prompt, cx: Cx<'_, Self>) -> Result {
///         if !request.stream {
///             return cx.send.ok_async(request.prompt).await;
///         }
///         let mut events = cx.send.open_event_stream_async().await?;
///         for word in request.prompt.split(' ') {
///             events.send("word", word).await?;
///         }
///         events.close().await
///     }
/// }
/// ```
pub struct JsonOrEvents<A, T = StreamItem> {
    data: A,
    events: PhantomData<fn() -> T>,
}

impl<A, T> JsonOrEvents<A, T> {
    /// Returns the data, for test clients that have deserialized a response.
    pub fn into_data(self) -> A {
        self.data
    }
}

impl<A: Answer, T: 'static> Answer for JsonOrEvents<A, T> {
    const STREAMS: bool = true;
    const IS_BY_REQUEST: bool = true;

    fn events() -> Option<TypeId> {
        Some(TypeId::of::<T>())
    }

    fn to_json(&self) -> Result<Option<Vec<u8>>, Problem> {
        self.data.to_json()
    }

    fn possible_answers() -> Vec<PossibleAnswer> {
        A::possible_answers()
    }
}

impl<A: Answer, T: 'static> EventAnswer<T> for JsonOrEvents<A, T> {}

impl<A, T> PlainAnswer<A> for JsonOrEvents<A, T> {
    fn from_data(data: A) -> Self {
        Self { data, events: PhantomData }
    }
}

/// Deserializes the data, for test clients.
impl<'de, A: Deserialize<'de>, T> Deserialize<'de> for JsonOrEvents<A, T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        A::deserialize(deserializer).map(Self::from_data)
    }
}

impl<A, T> Deref for JsonOrEvents<A, T> {
    type Target = A;

    fn deref(&self) -> &A {
        &self.data
    }
}

impl<A: fmt::Debug, T> fmt::Debug for JsonOrEvents<A, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("JsonOrEvents").field(&self.data).finish()
    }
}
