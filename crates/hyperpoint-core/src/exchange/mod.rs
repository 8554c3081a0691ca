//! One HTTP exchange: the request body, the handler, and the response body.
//!
//! The handler's future *is* the body of a streamed response. The handler stores encoded bytes in
//! the [`Exchange`]; the [`Body`] polls the handler and takes them. Nothing is spawned, and
//! dropping the body drops the handler. This module knows neither routes nor the content of
//! streams.

mod sent;
mod stream_options;
mod stream_report;
mod outbox;
mod boxed_body;
mod byte_slot;
mod frame_source;
#[expect(clippy::module_inception, reason = "a file is named for its main type")]
mod exchange;
mod stream_probe;
mod leaving;
mod stream_clock;
mod stream_body;
mod frames_relay;
mod frames_clock;
mod frames_body;
mod bytes_relay;
mod bytes_body;
mod revocation_watch;
mod body;
mod answering;
mod reconnect;
mod detach;
mod paced_body;
mod body_stream;
mod request_body;

pub use answering::Answering;
pub use body::Body;
pub use body_stream::BodyStream;
pub(crate) use boxed_body::{BoxedBody, boxed_body};
pub use detach::detach;
pub use exchange::Exchange;
pub use frame_source::{Frame, FrameEnd, FrameSource};
pub(crate) use outbox::Lease;
pub use paced_body::BodyPace;
pub use reconnect::reconnect;
pub use request_body::{BodyLimits, RequestBody};
pub use sent::{HandlerFuture, Sent};
pub use stream_options::OnError;
pub(crate) use stream_options::StreamOptions;
pub use stream_probe::StreamProbe;
pub use stream_report::{StreamEnd, StreamReport};
