//! The macros of Hyperpoint. The derives append to what the user wrote and never rewrite it.
//!
//! Users find them in the `hyperpoint` crate. This crate knows none of the others; what it writes
//! names them through `::hyperpoint::__private`.

mod answer;
mod endpoint;
mod events;
mod stream;

use proc_macro::TokenStream;
use syn::{DeriveInput, parse_macro_input};

/// Builds an endpoint from the registered services, and registers it.
///
/// Each field is a service, resolved once at start-up; a missing one is a start-up error. The
/// registration is found by every host of a program that links the crate.
///
/// A generic endpoint can't be found by itself. `#[endpoint(by_hand)]` only builds; add each
/// instance with `Host::endpoint::<E>()`.
///
/// # Example
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
///     async fn handle(&self, _: (), cx: Cx<'_, Self>) -> Result {
///         cx.send.string_async(self.greetings.0).await
///     }
/// }
/// # fn main() {}
/// ```
#[proc_macro_derive(Endpoint, attributes(endpoint))]
pub fn derive_endpoint(input: TokenStream) -> TokenStream {
    let input = parse_macro_input!(input as DeriveInput);
    let (endpoint, mistakes) = endpoint::parse(&input);
    endpoint::expand(&endpoint, mistakes).into()
}

/// Builds a processor from the registered services: each field is one, resolved once at start-up. A
/// missing one is a start-up error.
///
/// # Example
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
    let (processor, mistakes) = endpoint::parse_processor(&input);
    endpoint::expand(&processor, mistakes).into()
}

/// Makes each variant of an enum an event, so that one stream of several types is one type.
///
/// The name of an event is that of its variant in `kebab-case`, by the rules of serde.
/// `#[events(rename_all = "…")]` above the enum chooses another case, `#[event("…")]` above a variant
/// another name. A name that an event can't have, or that is the framework's, does not compile.
///
/// The data is what serde writes for the fields: the value of `Placed(Order)`, an object for
/// `Shipped { carrier }`, an array for a tuple of several, `{}` for a variant without fields. A
/// field marked `#[event(id)]`, of a type with `Display`, is the id of the event too.
///
/// The enum also derives `Serialize` and `JsonSchema`, and `Deserialize` where its events are read.
///
/// # Example
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
///     async fn handle(&self, _: (), cx: Cx<'_, Self>) -> Result {
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
    let (events, mistakes) = events::parse(&input);
    events::expand(&events, mistakes).into()
}

/// Makes a response of an enum whose variants carry their status, for `cx.send.answer_async`.
///
/// A variant has one value with `Serialize` and `JsonSchema` as its data, or none. One without data
/// and with a status that refuses (4xx, 5xx) is a problem document. The enum itself derives neither
/// `Serialize` nor `JsonSchema`: with both it is data already.
///
/// # Example
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
    let (read, mistakes) = answer::parse(&input);
    answer::expand(&read, mistakes).into()
}

/// Makes a stream of code that yields: `yield value` gives the next item. It is `stream!` of the crate
/// [async-stream](https://docs.rs/async-stream), with `for await item in stream { … }` too.
///
/// `?` has no place in it, as its items are plain values: with `?`, write `try_stream!`, which yields
/// in the same way and ends with the error.
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
/// fn numbers(lines: Vec<String>) -> impl Stream<Item = Result<u32>> {
///     try_stream! {
///         for line in lines {
///             yield line.parse()?;
///         }
///     }
/// }
/// # let _ = (countdown(), numbers(Vec::new()));
/// ```
#[proc_macro]
pub fn stream(body: TokenStream) -> TokenStream {
    stream::expand(&body.into()).into()
}
