//! Transports of requests and responses: in memory, HTTP/1.1 and HTTP/2. They transfer bytes, and
//! do not decode events.

mod stalled;
mod framing;
mod http1;
mod http2;
#[expect(clippy::module_inception, reason = "a file is named for its main type")]
mod transport;

use stalled::STALLED_BUFFER_BYTES;

pub(crate) use transport::{Chunks, Transport};
