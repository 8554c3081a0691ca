//! Traits of the types that an endpoint's `Response` can have.

use std::any::TypeId;

use schemars::JsonSchema;
use serde::Serialize;

use super::possible_answer::PossibleAnswer;
use crate::problem::Problem;

/// A type that can be an endpoint's `Response`.
///
/// A response is JSON data, `()` for a response without data, an enum with `#[derive(Answer)]`,
/// [`Events`](super::Events), or [`JsonOrEvents`](super::JsonOrEvents).
///
/// # Examples
///
/// ```
/// use hyperpoint::Answer;
/// use hyperpoint::prelude::{JsonSchema, Serialize};
///
/// #[derive(Serialize, JsonSchema)]
/// struct User {
///     name: String,
/// }
///
/// fn is_answer<A: Answer>() {}
/// is_answer::<User>();
/// is_answer::<()>();
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` can't be an endpoint's response",
    label = "this endpoint's response",
    note = "write `#[derive(Serialize, JsonSchema)]` above it, or respond with `()` or `Events<T>`"
)]
pub trait Answer: Send + 'static {
    /// Whether the response is an event stream, or may be one.
    #[doc(hidden)]
    const STREAMS: bool = false;

    /// Whether the handler decides per request if the response is an event stream.
    #[doc(hidden)]
    const IS_BY_REQUEST: bool = false;

    /// Returns the type of the streamed events, or `None` if the response is never an event stream.
    #[doc(hidden)]
    #[must_use]
    fn events() -> Option<TypeId> {
        None
    }

    /// Returns the response as JSON, or `None` if it has no data.
    ///
    /// # Errors
    ///
    /// A 500 if the response cannot be serialized. The default implementation, for enums with
    /// `#[derive(Answer)]` and for event streams, always fails.
    #[doc(hidden)]
    fn to_json(&self) -> Result<Option<Vec<u8>>, Problem> {
        let text = "this response sets its own status; send it with `answer_async`";
        Err(Problem::internal(text))
    }

    /// Returns the possible responses, except event streams, for generated API documents. Default:
    /// an empty list.
    #[doc(hidden)]
    #[must_use]
    fn possible_answers() -> Vec<PossibleAnswer> {
        Vec::new()
    }
}

#[diagnostic::do_not_recommend]
impl<T: Serialize + JsonSchema + Send + 'static> Answer for T {
    fn to_json(&self) -> Result<Option<Vec<u8>>, Problem> {
        if TypeId::of::<T>() == TypeId::of::<()>() {
            return Ok(None);
        }
        Ok(Some(serde_json::to_vec(self)?))
    }

    fn possible_answers() -> Vec<PossibleAnswer> {
        let is_unit = TypeId::of::<T>() == TypeId::of::<()>();
        vec![if is_unit { PossibleAnswer::empty(200) } else { PossibleAnswer::of::<T>(200) }]
    }
}

/// A response type that can be built from data of type `T` and sent as a whole, not as a stream.
/// Every type implements `PlainAnswer` for data of that same type.
///
/// # Examples
///
/// ```
/// use hyperpoint::answer::Send;
/// use hyperpoint::{PlainAnswer, Result};
///
/// /// Responds for any endpoint with a `Response` of `String`.
/// async fn greet<R: PlainAnswer<String>>(send: Send<'_, R>, name: &str) -> Result {
///     send.ok_async(format!("Hello, {name}")).await
/// }
/// ```
// Does not require JSON data: the compiler reports a response type without its derives once, in the
// `impl Endpoint` that names it, and not again in the call that sends it.
#[diagnostic::on_unimplemented(
    message = "`type Response = {Self}` is an event stream, which cannot be sent as a whole",
    label = "sent as a whole",
    note = "send a stream with `event_stream_async` or `stream_items_async`, or write `type \
            Response = …;` with the type of the data"
)]
pub trait PlainAnswer<T> {
    /// Converts the data to the response.
    #[doc(hidden)]
    fn from_data(data: T) -> Self;
}

impl<T> PlainAnswer<T> for T {
    fn from_data(data: T) -> Self {
        data
    }
}
