//! The headers that frame a message body, which only the connection sets.

use http::HeaderName;
use http::header::{CONNECTION, CONTENT_LENGTH, TRANSFER_ENCODING};

/// Returns whether only the connection may set this header (RFC 9112 §6, §9.6). If an application
/// set it, for example by copying the headers of a forwarded response, clients could truncate the
/// body, or take a part of it for the next response.
pub(crate) fn is_framing(name: &HeaderName) -> bool {
    [CONNECTION, CONTENT_LENGTH, TRANSFER_ENCODING].contains(name)
}
