//! The answer that is a stream of events.

use std::marker::PhantomData;

use hyperpoint_sse::StreamItem;

use super::kinds::Answer;

/// The response of an endpoint that streams events: of one type `T` under one name, or, left as
/// `Events`, of mixed types as [`StreamItem`]s.
#[derive(Debug)]
pub struct Events<T = StreamItem>(PhantomData<fn() -> T>);

impl<T: 'static> Answer for Events<T> {
    const STREAMS: bool = true;
}

/// A response that is a stream of `T`.
#[diagnostic::on_unimplemented(
    message = "this endpoint streams `{T}`, and its response is `{Self}`",
    label = "a stream of `{T}` is no answer here",
    note = "write `type Response = Events<{T}>;` in its `impl Endpoint`"
)]
pub trait EventAnswer<T>: Answer {}

impl<T: 'static> EventAnswer<T> for Events<T> {}
