//! The answer that is a stream of events.

use std::marker::PhantomData;

use hyperpoint_sse::StreamItem;

use super::kinds::{Answer, PlainAnswer};

/// The response of an endpoint that streams events: of one type `T` under one name, or, left as
/// `Events`, of mixed types as [`StreamItem`]s.
#[derive(Debug)]
pub struct Events<T = StreamItem>(PhantomData<fn() -> T>);

impl<T: 'static> Answer for Events<T> {
    const STREAMS: bool = true;
}

/// A response that is a stream of `T`.
#[diagnostic::on_unimplemented(
    message = "`type Response = {Self}` does not name the events that are streamed here",
    label = "streams events",
    note = "write `type Response = Events<T>;` in its `impl Endpoint`, where `T` is what is \
            streamed, or `type Response = Events;` for `StreamItem`s"
)]
pub trait EventAnswer<T>: Answer {}

impl<T: 'static> EventAnswer<T> for Events<T> {}

/// What a stream is sent whole as: nothing.
#[derive(Debug)]
enum NoData {}

// Never used. Beside it the compiler does not take `Events` for the type of what is sent whole, and
// so tells that the response is a stream, and not that the data is no `Events`.
#[diagnostic::do_not_recommend]
impl<T> PlainAnswer<NoData> for Events<T> {
    fn from_data(data: NoData) -> Self {
        match data {}
    }
}
