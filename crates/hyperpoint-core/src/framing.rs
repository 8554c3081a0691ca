//! The headers that say where a body ends. They are the connection's, and nobody else's.

use http::HeaderName;
use http::header::{CONNECTION, CONTENT_LENGTH, TRANSFER_ENCODING};

/// Whether only the connection may set this header (RFC 9112 §6, §9.6). Set by hand, as from an
/// answer that is passed on, it would cut the body or run it into the next answer.
pub(crate) fn is_framing(name: &HeaderName) -> bool {
    [CONNECTION, CONTENT_LENGTH, TRANSFER_ENCODING].contains(name)
}
