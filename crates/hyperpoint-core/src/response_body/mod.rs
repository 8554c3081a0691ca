//! Response bodies, and the future that polls a handler until its response can be sent.
//!
//! The body of a streamed response owns the handler and polls it. No task is spawned, and dropping
//! the body drops the handler.

mod watched;
mod bytes_body;
mod event_body;
mod body;
mod answering;

pub use answering::Answering;
pub use body::Body;
pub use event_body::EventBody;
