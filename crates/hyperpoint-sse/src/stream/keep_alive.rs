//! The keep-alive comment of event streams.

use std::sync::LazyLock;

use bytes::Bytes;

use crate::encoder::Encoder;

/// The encoded keep-alive comment.
pub(super) static KEEP_ALIVE: LazyLock<Bytes> = LazyLock::new(|| {
    let mut encoder = Encoder::new();
    encoder.keep_alive();
    encoder.take()
});
