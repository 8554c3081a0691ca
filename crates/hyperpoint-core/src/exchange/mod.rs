//! One HTTP exchange: the state that a handler shares with its response.
//!
//! The body of a streamed response owns the handler's future and polls it. The handler stores the
//! head and the data of the response in the [`Exchange`], from which `Answering` takes the head and
//! the body takes the data. This module depends neither on routes nor on the bodies that poll the
//! handler.

mod sent;
mod boxed_body;
mod byte_slot;
mod error_item;
mod pending_response;
#[expect(clippy::module_inception, reason = "a file is named for its main type")]
mod exchange;
mod bytes_relay;
mod handler_slot;
mod stream_probe;
mod detach;

pub(crate) use boxed_body::{BoxError, BoxedBody, boxed_body};
pub(crate) use bytes_relay::OpenedBytes;
pub use detach::detach;
pub(crate) use error_item::ErrorItem;
pub use exchange::{Exchange, StreamGate};
pub(crate) use handler_slot::HandlerSlot;
pub(crate) use pending_response::OpenedStream;
pub use sent::{HandlerFuture, Sent};
pub use stream_probe::{StreamProbe, WantsReport};
