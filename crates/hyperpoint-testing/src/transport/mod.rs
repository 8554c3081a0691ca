//! The ways to an answer: in memory, by HTTP/1.1, by HTTP/2. Knows bytes and no events.

mod framing;
mod http1;
mod http2;
mod transport;

pub(crate) use transport::{Chunks, Transport};
