//! What a stream of events may yield.

use hyperpoint_sse::{StreamItem, TypedEvent};
use schemars::JsonSchema;
use serde::Serialize;

use crate::problem::Problem;

/// Data that an event carries as JSON: a type with `Serialize` and `JsonSchema`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` can't be sent as JSON",
    label = "no JSON data",
    note = "write `#[derive(Serialize, JsonSchema)]` above a type of your own",
    note = "`StreamItem`s are sent with `stream_items_async`, and published with `publish_item`"
)]
pub trait JsonData: Serialize + JsonSchema {}

#[diagnostic::do_not_recommend]
impl<T: Serialize + JsonSchema> JsonData for T {}

/// What a stream of `T` may yield: a `T`, or a `Result<T, Problem>` whose error ends the stream.
// That `T` is JSON data is asked by the impls and not by the method that takes the stream: a stream
// of another type would be told twice there.
#[diagnostic::on_unimplemented(
    message = "`{Self}` can't be sent as an event of `Events<{T}>`",
    label = "the stream yields `{Self}`",
    note = "write `type Response = Events<T>;` for a stream of `T` or of `Result<T, Problem>`, which \
            is what `try_stream!` yields",
    note = "write `#[derive(Serialize, JsonSchema)]` above a type of your own",
    note = "a `StreamItem` has a name of its own: send a stream of them with `stream_items_async` \
            and `type Response = Events;`"
)]
pub trait IntoItem<T> {
    /// What is sent.
    #[doc(hidden)]
    type Data: JsonData;

    /// The item, or what went wrong.
    ///
    /// # Errors
    ///
    /// The problem that the stream yielded in place of an item.
    fn into_item(self) -> Result<Self::Data, Problem>;
}

impl<T: JsonData> IntoItem<T> for T {
    type Data = T;

    fn into_item(self) -> Result<T, Problem> {
        Ok(self)
    }
}

impl<T: JsonData> IntoItem<T> for Result<T, Problem> {
    type Data = T;

    fn into_item(self) -> Self {
        self
    }
}

/// What a stream of typed events may yield: an enum with `#[derive(Events)]`, or a `Result` of it
/// whose error, a [`Problem`], ends the stream.
#[diagnostic::on_unimplemented(
    message = "`{Self}` can't be sent as a typed event of `Events<{T}>`",
    label = "the stream yields `{Self}`",
    note = "write `type Response = Events<T>;` for a stream of `T` or of `Result<T, Problem>`, which \
            is what `try_stream!` yields, where `T` is an enum with \
            `#[derive(Serialize, JsonSchema, Events)]`",
    note = "values of one type under one name are sent with `event_stream_async`, and `StreamItem`s \
            with `stream_items_async`"
)]
pub trait IntoEvent<T> {
    /// What is sent.
    #[doc(hidden)]
    type Event: TypedEvent;

    /// The event, or what went wrong.
    ///
    /// # Errors
    ///
    /// The problem that the stream yielded in place of an event.
    fn into_event(self) -> Result<Self::Event, Problem>;
}

impl<T: TypedEvent + JsonSchema> IntoEvent<T> for T {
    type Event = T;

    fn into_event(self) -> Result<T, Problem> {
        Ok(self)
    }
}

impl<T: TypedEvent + JsonSchema> IntoEvent<T> for Result<T, Problem> {
    type Event = T;

    fn into_event(self) -> Self {
        self
    }
}

/// What a stream of mixed events may yield: a [`StreamItem`], or a `Result<StreamItem, Problem>`
/// whose error ends the stream.
#[diagnostic::on_unimplemented(
    message = "a stream of `StreamItem`s can't yield `{Self}`",
    label = "the stream yields `{Self}`",
    note = "yield `StreamItem::json(&value)?` or `StreamItem::text(…)`, as it is or in a \
            `Result<StreamItem, Problem>`",
    note = "values of one type are sent with `event_stream_async` and `type Response = Events<T>;`"
)]
pub trait IntoStreamItem {
    /// The item, or what went wrong.
    ///
    /// # Errors
    ///
    /// The problem that the stream yielded in place of an item.
    fn into_stream_item(self) -> Result<StreamItem, Problem>;
}

impl IntoStreamItem for StreamItem {
    fn into_stream_item(self) -> Result<StreamItem, Problem> {
        Ok(self)
    }
}

impl IntoStreamItem for Result<StreamItem, Problem> {
    fn into_stream_item(self) -> Self {
        self
    }
}
