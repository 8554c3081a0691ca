//! The ways to an answer: in memory, by HTTP/1.1, by HTTP/2. Knows bytes and no events.

mod stalled;
mod framing;
mod http1;
mod http2;
#[expect(clippy::module_inception, reason = "a file is named for its main type")]
mod transport;

use stalled::STALLED_BUFFER_BYTES;

pub(crate) use transport::{Chunks, Transport};
