//! Event streams as response bodies. The events come from code that writes them, or from a
//! [`FrameSource`], which can share its encoded bytes among many streams.
//!
//! The code that writes a stream runs inside its body: a [`StreamBody`] polls its [`StreamWriter`]
//! and takes the encoded events from the [`StreamState`] that both share. A stream has no task of
//! its own, and dropping the body drops the code. This module depends on HTTP bodies and on tokio,
//! but not on servers, endpoints or identities.
//!
//! An application on a server other than Hyperpoint gets complete responses from [`event_stream`]
//! and [`frame_stream`].

mod jitter;
mod bell;
mod stopping;
mod scope;
mod leaving;
mod keep_alive;
mod kind;
mod options;
mod report;
mod outlet;
mod frame_source;
mod event_buffer;
mod state;
mod writer;
mod clock;
mod end_watch;
mod ending;
mod stream_cut;
mod body;
mod response;
mod last_event_id;
mod items_writer;
mod source_writer;

pub use body::StreamBody;
pub use end_watch::{EndFuture, EndWatch};
pub use event_buffer::Lease;
pub use frame_source::{Frame, FrameEnd, FrameSource, FrameStart};
pub use items_writer::{ItemsWriter, event_stream};
pub use kind::StreamKind;
pub use last_event_id::last_event_id;
pub use options::{OnError, StreamOptions};
pub use outlet::{Delivered, Delivery, Outlet, Parkable, Parking, Sending};
pub use report::{StreamEnd, StreamReport};
pub use response::{LastEvent, event_stream_head, reconnect};
pub use scope::StreamScope;
pub use source_writer::{SourceWriter, frame_stream};
pub use state::StreamState;
pub use stopping::{StopRequested, Stopping};
pub use stream_cut::StreamCut;
pub use writer::StreamWriter;
