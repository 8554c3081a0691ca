//! The kinds of answers: what a `Response` may be.

use std::any::TypeId;

use schemars::JsonSchema;
use serde::Serialize;

use super::possible_answer::PossibleAnswer;
use crate::problem::Problem;

/// What an endpoint answers: its `Response`.
///
/// JSON data, `()` for an answer without data, or [`Events`](super::Events).
#[diagnostic::on_unimplemented(
    message = "`{Self}` can't be an endpoint's response",
    label = "this endpoint's response",
    note = "write `#[derive(Serialize, JsonSchema)]` above it, or answer with `()` or `Events<T>`"
)]
pub trait Answer: Send + 'static {
    /// Whether the answer is an event stream.
    #[doc(hidden)]
    const STREAMS: bool = false;

    /// The answer as JSON; none where it has no data.
    #[doc(hidden)]
    fn to_json(&self) -> Result<Option<Vec<u8>>, Problem> {
        let text = "this response carries its own status; send it with `answer_async`";
        Err(Problem::internal(text))
    }

    /// What it may be, for documents; nothing of an event stream.
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

/// A response that is sent whole, as a `T`: every type is of itself.
// Not bound to JSON data: a response without its derives is told where the endpoint names it, and
// not once more where it is sent.
#[diagnostic::on_unimplemented(
    message = "`type Response = {Self}` names a stream of events, and no data to send whole",
    label = "sent whole",
    note = "send a stream with `event_stream_async` or `stream_items_async`, or write `type \
            Response = …;` with the type of the data"
)]
pub trait PlainAnswer<T> {
    /// The data as the response that it is.
    #[doc(hidden)]
    fn from_data(data: T) -> Self;
}

impl<T> PlainAnswer<T> for T {
    fn from_data(data: T) -> Self {
        data
    }
}
