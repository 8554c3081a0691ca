//! The kinds of answers: what a `Response` may be.

use schemars::JsonSchema;
use serde::Serialize;

/// Data that is sent as JSON: a type with `Serialize` and `JsonSchema`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` can't be sent as JSON",
    label = "no JSON data",
    note = "write `#[derive(Serialize, JsonSchema)]` above it; `StreamItem`s are sent with \
            `stream_items_async`, and events with `event_stream_async`"
)]
pub trait JsonData: Serialize + JsonSchema {}

#[diagnostic::do_not_recommend]
impl<T: Serialize + JsonSchema> JsonData for T {}

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
}

#[diagnostic::do_not_recommend]
impl<T: Serialize + JsonSchema + Send + 'static> Answer for T {}
