//! Responses that are event streams.

use std::any::TypeId;
use std::marker::PhantomData;

use hyperpoint_sse::StreamItem;

use super::kinds::{Answer, PlainAnswer};

/// The response type of an endpoint that streams events: `Events<T>` for values of one type `T`,
/// `Events` for [`StreamItem`]s of mixed types.
///
/// # Examples
///
/// ```
/// use hyperpoint::prelude::*;
///
/// #[derive(Endpoint)]
/// struct Countdown;
///
/// impl hyperpoint::Endpoint for Countdown {
///     type Request = ();
///     type Response = Events<u32>;
///
///     fn configure(config: &mut Config) {
///         config.get("/countdown");
///     }
///
///     async fn handle(&self, (): (), cx: Cx<'_, Self>) -> Result {
///         let counts = stream! {
///             for count in (1..=3).rev() {
///                 yield count;
///             }
///         };
///         cx.send.event_stream_async("count", counts).await
///     }
/// }
/// ```
#[derive(Debug)]
pub struct Events<T = StreamItem>(PhantomData<fn() -> T>);

impl<T: 'static> Answer for Events<T> {
    const STREAMS: bool = true;

    fn events() -> Option<TypeId> {
        Some(TypeId::of::<T>())
    }
}

/// A response type that is, or can be, a stream of events of type `T`.
///
/// # Examples
///
/// ```
/// use hyperpoint::answer::Send;
/// use hyperpoint::prelude::stream;
/// use hyperpoint::{EventAnswer, Result};
///
/// /// Responds for any endpoint with a `Response` of `Events<u32>`.
/// async fn count<R: EventAnswer<u32>>(send: Send<'_, R>) -> Result {
///     send.event_stream_async("count", stream! { yield 1_u32; }).await
/// }
/// ```
#[diagnostic::on_unimplemented(
    message = "`type Response = {Self}` does not name the events that are streamed here",
    label = "streams events",
    note = "write `type Response = Events<T>;` in its `impl Endpoint`, where `T` is the \
            type of the streamed events, or `type Response = Events;` for `StreamItem`s"
)]
pub trait EventAnswer<T>: Answer {}

impl<T: 'static> EventAnswer<T> for Events<T> {}

/// An uninhabited data type: no data can be sent as a whole in place of an event stream.
#[derive(Debug)]
enum NoData {}

// Never called. If `Events` implemented `PlainAnswer` only for itself, the compiler would infer
// `Events` as the type of the data, and would report a type mismatch instead of the message of
// `PlainAnswer`.
#[diagnostic::do_not_recommend]
impl<T> PlainAnswer<NoData> for Events<T> {
    fn from_data(data: NoData) -> Self {
        match data {}
    }
}
