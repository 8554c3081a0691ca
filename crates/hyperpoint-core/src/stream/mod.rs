//! Streamed responses: event streams from a source, event streams that the handler writes to, frame
//! streams, and byte streams.
//!
//! This module writes into an exchange. It does not know how bytes reach a socket.

mod into_item;
mod source;
mod end;
mod event_stream;
mod event_sink;
mod event_schemas;
#[cfg(feature = "contract")]
mod streamed_events;
mod reserved_events;
mod frame_stream;
mod into_piece;
mod byte_stream;

pub use byte_stream::ByteStream;
pub use event_schemas::event_schemas;
pub use event_sink::{EventSink, OpenEventStream};
pub use event_stream::EventStream;
pub use frame_stream::FrameStream;
pub use into_item::{IntoEvent, IntoItem, IntoStreamItem, JsonData};
pub use into_piece::IntoPiece;
pub use reserved_events::ReservedEvents;
pub(crate) use source::{Items, Named, Typed};
#[cfg(feature = "contract")]
pub use streamed_events::{
    AnyEvents, Probe, RegisteredEvents, StreamedEvents, TypedEvents, UntypedEvents,
};

/// Without the feature `contract`, nothing is registered.
#[cfg(not(feature = "contract"))]
#[doc(hidden)]
#[macro_export]
macro_rules! __register_events {
    ($endpoint:ty) => {};
}
