//! What the kernel is asked to take for a client that stopped reading.

/// So little that the server sees soon that nothing is taken.
pub(super) const STALLED_BUFFER_BYTES: usize = 16 * 1024;
