//! Streamed responses: event streams from a source, event streams that the handler writes to, event
//! streams of shared frames, and byte streams.
//!
//! The streams store their head and their data in an [`Exchange`](crate::exchange::Exchange). This
//! module does not depend on how bytes are written to a socket.

mod into_item;
mod source;
mod end;
mod event_stream;
mod event_sink;
mod event_schemas;
mod reserved_events;
mod frame_stream;
mod into_piece;
mod byte_stream;

pub use byte_stream::ByteStream;
pub use event_schemas::event_schemas;
#[cfg(feature = "contract")]
pub(crate) use event_schemas::event_schemas_within;
pub use event_sink::{EventSink, OpenEventStream};
pub use event_stream::EventStream;
pub use frame_stream::FrameStream;
pub use into_item::{IntoEvent, IntoItem, IntoStreamItem, JsonData};
pub use into_piece::IntoPiece;
pub use reserved_events::ReservedEvents;
pub(crate) use source::{Items, Named, Typed};
