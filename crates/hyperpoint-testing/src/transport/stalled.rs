//! The receive buffer of a client that stopped reading.

/// The size of that buffer: so small that the server soon sees a full socket.
pub(super) const STALLED_BUFFER_BYTES: usize = 16 * 1024;
