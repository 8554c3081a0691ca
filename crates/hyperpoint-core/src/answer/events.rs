//! The answer that is a stream of events.

use std::marker::{PhantomData, PhantomPinned};

use hyperpoint_sse::StreamItem;

use super::kinds::Answer;

/// The response of an endpoint that streams events: of one type `T` under one name, or, left as
/// `Events`, of mixed types as [`StreamItem`]s.
#[derive(Debug)]
// Pinned, so that it is no `PlainAnswer`; no value of it is ever made.
pub struct Events<T = StreamItem>(PhantomData<fn() -> T>, PhantomPinned);

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
