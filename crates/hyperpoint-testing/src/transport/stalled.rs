//! The receive buffer of a client that has stopped reading.

/// The size of the receive buffer of a stalled client: so small that the server's send buffer soon
/// fills up.
pub(super) const STALLED_BUFFER_BYTES: usize = 16 * 1024;
