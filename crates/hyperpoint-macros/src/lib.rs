//! The macros of Hyperpoint. The derives generate additional code and never rewrite the user's
//! code.
//!
//! The `hyperpoint` crate re-exports the macros. This crate must not depend on any other crate of
//! Hyperpoint; the generated code refers to those crates through `::hyperpoint::__private`.

mod answer;
mod endpoint;
mod events;
mod stream;

use proc_macro::TokenStream;
use syn::{DeriveInput, parse_macro_input};

/// Generates the constructor of an endpoint from registered services, and registers the endpoint.
///
/// Each field is a service, such as an `Arc<T>`, which is resolved once at start-up. A missing
/// service is a start-up error. The endpoint is part of every `Host::new()` in a program that links
/// the crate; it must be added manually to a `Host::empty()`.
///
/// A generic endpoint cannot be registered automatically. Mark it `#[endpoint(by_hand)]`, which
/// omits the registration, and add each instance manually with `Host::endpoint::<E>()`.
///
/// # Examples
///
/// ```
/// use hyperpoint::prelude::*;
///
/// struct Greetings(&'static str);
///
/// #[derive(Endpoint)]
/// struct Greet {
///     greetings: Arc<Greetings>,
/// }
///
/// impl Endpoint for Greet {
///     type Request = ();
///     type Response = ();
///
///     fn configure(config: &mut Config) {
///         config.get("/greet");
///         config.allow_anonymous();
///     }
///
///     async fn handle(&self, (): (), cx: Cx<'_, Self>) -> Result {
///         cx.send.string_async(self.greetings.0).await
///     }
/// }
/// # fn main() {}
/// ```
#[proc_macro_derive(Endpoint, attributes(endpoint))]
pub fn derive_endpoint(input: TokenStream) -> TokenStream {
    let input = parse_macro_input!(input as DeriveInput);
    let (endpoint, errors) = endpoint::parse(&input);
    endpoint::expand(&endpoint, errors).into()
}

/// Generates the constructor of a processor from registered services.
///
/// Each field is a service, such as an `Arc<T>`, which is resolved once at start-up. A missing
/// service is a start-up error.
///
/// # Examples
///
/// ```
/// use hyperpoint::prelude::*;
/// use hyperpoint::{FromServices, PostCx, PostProcessor, async_trait};
///
/// struct Audit;
///
/// #[derive(FromServices)]
/// struct Log {
///     audit: Arc<Audit>,
/// }
///
/// #[async_trait]
/// impl PostProcessor for Log {
///     async fn after(&self, cx: PostCx<'_>) -> Result<()> {
///         # let Audit = *self.audit;
///         println!("{}: {:?}", cx.request.uri.path(), cx.outcome.status);
///         Ok(())
///     }
/// }
/// # fn main() {}
/// ```
#[proc_macro_derive(FromServices)]
pub fn derive_from_services(input: TokenStream) -> TokenStream {
    let input = parse_macro_input!(input as DeriveInput);
    let (processor, errors) = endpoint::parse_processor(&input);
    endpoint::expand(&processor, errors).into()
}

/// Implements `TypedEvent` for an enum whose variants are events, so that one stream can send
/// events of several types.
///
/// The name of an event is the name of its variant in `kebab-case`, converted by the rules of
/// serde. `#[events(rename_all = "…")]` on the enum sets another case, and `#[event("…")]` on a
/// variant sets another name. An invalid name is a compile error. A name that is reserved on
/// streams for `EventSource` is a configuration error of each endpoint that streams the enum for
/// `EventSource`; if the enum is generic, sending the events fails with a 500 instead.
///
/// The data of an event is the serde form of the fields of its variant: the value of
/// `Placed(Order)`, an object for `Shipped { carrier }`, an array for a tuple of several fields,
/// and `{}` for a variant without fields. With `#[serde(tag = "type")]` on the enum, the data also
/// contains the serde name of the variant, in the field `type`. Other serde representations are
/// compile errors.
///
/// A field marked `#[event(id)]` also sets the id of the event to the text of its value; the type
/// of the field must implement `Display`.
///
/// The enum must also derive `Serialize` and `JsonSchema`, and `Deserialize` if its events are
/// read.
///
/// # Examples
///
/// ```
/// use hyperpoint::prelude::*;
///
/// #[derive(Serialize, JsonSchema, Events)]
/// enum OrderEvent {
///     Placed { #[event(id)] number: u64, item: String },
///     #[event("left-the-house")]
///     Shipped(String),
///     Delivered,
/// }
///
/// #[derive(Endpoint)]
/// struct Follow;
///
/// impl Endpoint for Follow {
///     type Request = ();
///     type Response = Events<OrderEvent>;
///
///     fn configure(config: &mut Config) {
///         config.get("/orders/feed");
///         config.allow_anonymous();
///     }
///
///     async fn handle(&self, (): (), cx: Cx<'_, Self>) -> Result {
///         let events = stream! {
///             yield OrderEvent::Placed { number: 7, item: "tea".to_owned() };
///             yield OrderEvent::Shipped("by bicycle".to_owned());
///             yield OrderEvent::Delivered;
///         };
///         cx.send.events_async(events).done().await
///     }
/// }
/// # fn main() {}
/// ```
#[proc_macro_derive(Events, attributes(events, event))]
pub fn derive_events(input: TokenStream) -> TokenStream {
    let input = parse_macro_input!(input as DeriveInput);
    let (events, errors) = events::parse(&input);
    events::expand(&events, errors).into()
}

/// Implements `Answer` for an enum whose variants set the status of the response, for
/// `cx.send.answer_async`.
///
/// `#[answer(…)]` on each variant sets a status from 200 to 599. A variant has no field, or one
/// unnamed field whose type implements `Serialize` and `JsonSchema`; with the status 204, 205 or
/// 304, it must have no field. A variant without a field and with an error status (4xx, 5xx) is
/// sent as a problem document.
///
/// Do not derive both `Serialize` and `JsonSchema` for the enum itself: a type with both is already
/// a response with a single status.
///
/// # Examples
///
/// ```
/// use hyperpoint::Answer;
/// use hyperpoint::prelude::*;
///
/// #[derive(Serialize, JsonSchema)]
/// struct Taken {
///     by: String,
/// }
///
/// #[derive(Answer)]
/// enum Renamed {
///     #[answer(200)]
///     Done(String),
///     #[answer(409)]
///     Conflict(Taken),
///     #[answer(404)]
///     Unknown,
/// }
///
/// #[derive(Endpoint)]
/// struct Rename;
///
/// impl Endpoint for Rename {
///     type Request = String;
///     type Response = Renamed;
///
///     fn configure(config: &mut Config) {
///         config.post("/rename");
///         config.allow_anonymous();
///     }
///
///     async fn handle(&self, name: String, cx: Cx<'_, Self>) -> Result {
///         match name.as_str() {
///             "ann" => cx.send.answer_async(Renamed::Conflict(Taken { by: name })).await,
///             "" => cx.send.answer_async(Renamed::Unknown).await,
///             _ => cx.send.answer_async(Renamed::Done(name)).await,
///         }
///     }
/// }
/// # fn main() {}
/// ```
#[proc_macro_derive(Answer, attributes(answer))]
pub fn derive_answer(input: TokenStream) -> TokenStream {
    let input = parse_macro_input!(input as DeriveInput);
    let (answer, errors) = answer::parse(&input);
    answer::expand(&answer, errors).into()
}

/// Creates a stream from a block: `yield value` produces the next item.
///
/// The block is asynchronous: it may await, loop, borrow, and return early. The stream ends when
/// the block ends. `for await item in stream { … }` loops over another stream.
///
/// `yield` may be used in the block itself, including the blocks of a macro such as
/// `tokio::select!`. A `yield` in a nested closure or `async` block is a compile error. `for await`
/// may be used in the block itself. In a macro, a nested closure, an `async` block or a function, it
/// is a compile error.
///
/// The items are plain values, so a `?` that would end the block is a compile error. To use `?`,
/// write [`try_stream!`](try_stream).
///
/// # Examples
///
/// ```
/// use hyperpoint::prelude::*;
///
/// fn countdown() -> impl Stream<Item = u32> {
///     stream! {
///         for number in (1..=3).rev() {
///             yield number;
///         }
///     }
/// }
///
/// fn doubled(numbers: impl Stream<Item = u32>) -> impl Stream<Item = u32> {
///     stream! {
///         for await number in numbers {
///             yield 2 * number;
///         }
///     }
/// }
/// # let _ = doubled(countdown());
/// ```
#[proc_macro]
pub fn stream(block: TokenStream) -> TokenStream {
    stream::expand(block.into()).into()
}

/// Creates a stream of results from a block: `yield value` produces `Ok(value)`, and `?` ends the
/// stream with its error.
///
/// The error is converted with `From`, as `?` does in a function. In the tokens of another macro,
/// `?` is supported only within the value of a `yield`. In all other respects, the macro is like
/// [`stream!`](stream()).
///
/// # Examples
///
/// ```
/// use hyperpoint::prelude::*;
///
/// fn numbers(lines: Vec<String>) -> impl Stream<Item = Result<u32>> {
///     try_stream! {
///         for line in lines {
///             yield line.parse::<u32>()?;
///         }
///     }
/// }
/// # let _ = numbers(Vec::new());
/// ```
#[proc_macro]
pub fn try_stream(block: TokenStream) -> TokenStream {
    stream::expand_fallible(block.into()).into()
}
