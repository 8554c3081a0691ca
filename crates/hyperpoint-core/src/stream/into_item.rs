//! The item types of event streams.

use hyperpoint_sse::{StreamItem, TypedEvent};
use schemars::JsonSchema;
use serde::Serialize;

use crate::problem::Problem;

/// Data that can be sent as JSON: any type with `Serialize` and `JsonSchema`.
///
/// # Examples
///
/// ```
/// use hyperpoint::prelude::{JsonSchema, Serialize};
///
/// #[derive(Serialize, JsonSchema)]
/// struct Price {
///     cents: u32,
/// }
///
/// fn is_json_data<T: hyperpoint::JsonData>() {}
/// is_json_data::<Price>();
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` can't be sent as JSON",
    label = "not JSON data",
    note = "write `#[derive(Serialize, JsonSchema)]` above a type of your own",
    note = "`StreamItem`s are sent with `stream_items_async`, and published with `publish_item`"
)]
pub trait JsonData: Serialize + JsonSchema {}

#[diagnostic::do_not_recommend]
impl<T: Serialize + JsonSchema> JsonData for T {}

/// An item of a stream of `T`: a `T`, or a `Result<T, Problem>` whose error ends the stream.
///
/// # Examples
///
/// ```
/// use hyperpoint::answer::Send;
/// use hyperpoint::prelude::Stream;
/// use hyperpoint::{Events, IntoItem, Result};
///
/// /// Streams counts, from a source that may or may not fail.
/// async fn counts<S>(send: Send<'_, Events<u32>>, source: S) -> Result
/// where
///     S: Stream<Item: IntoItem<u32>> + std::marker::Send,
/// {
///     send.event_stream_async("count", source).await
/// }
/// ```
// The bound `JsonData` is on the impls and not on the method that accepts the stream. Otherwise,
// the compiler would report a stream of another type twice.
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
    /// The type that is sent.
    #[doc(hidden)]
    type Data: JsonData;

    /// Returns the item, or the error that ends the stream.
    ///
    /// # Errors
    ///
    /// The problem that the stream yielded instead of an item.
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

/// An item of a stream of typed events: an enum with `#[derive(Events)]`, or a `Result` of it whose
/// error, a [`Problem`], ends the stream.
///
/// # Examples
///
/// ```
/// use hyperpoint::answer::Send;
/// use hyperpoint::prelude::{Events as DeriveEvents, JsonSchema, Serialize, Stream};
/// use hyperpoint::{Events, IntoEvent, Result};
///
/// #[derive(Serialize, JsonSchema, DeriveEvents)]
/// enum Step {
///     Started,
///     Baked { items: u32 },
/// }
///
/// async fn steps<S>(send: Send<'_, Events<Step>>, source: S) -> Result
/// where
///     S: Stream<Item: IntoEvent<Step>> + std::marker::Send,
/// {
///     send.events_async(source).await
/// }
/// ```
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
    /// The type that is sent.
    #[doc(hidden)]
    type Event: TypedEvent;

    /// Returns the event, or the error that ends the stream.
    ///
    /// # Errors
    ///
    /// The problem that the stream yielded instead of an event.
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

/// An item of a stream of mixed events: a [`StreamItem`], or a `Result<StreamItem, Problem>` whose
/// error ends the stream.
///
/// # Examples
///
/// ```
/// use hyperpoint::{IntoStreamItem, StreamItem};
///
/// assert!(StreamItem::text("baked").into_stream_item().is_ok());
/// ```
#[diagnostic::on_unimplemented(
    message = "a stream of `StreamItem`s can't yield `{Self}`",
    label = "the stream yields `{Self}`",
    note = "yield `StreamItem::json(&value)?` or `StreamItem::text(…)`, as it is or in a \
            `Result<StreamItem, Problem>`",
    note = "values of one type are sent with `event_stream_async` and `type Response = Events<T>;`"
)]
pub trait IntoStreamItem {
    /// Returns the item, or the error that ends the stream.
    ///
    /// # Errors
    ///
    /// The problem that the stream yielded instead of an item.
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
