//! Decodes header values that repeat a value of a message (MCP 2026-07-28, Streamable HTTP, Value
//! Encoding).

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

/// Returns the value of a header, decoded from Base64 if it is encoded, or `None` if the encoding
/// is invalid.
pub(crate) fn decoded(header: &str) -> Option<String> {
    let Some(encoded) = header.strip_prefix("=?base64?").and_then(|rest| rest.strip_suffix("?="))
    else {
        return Some(header.to_owned());
    };
    String::from_utf8(STANDARD.decode(encoded).ok()?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_whole_valid_sentinel_is_decoded() {
        for (header, expected) in [
            ("us-west1", Some("us-west1")),
            ("=?base64?SGVsbG8=?=", Some("Hello")),
            ("=?base64?SGVsbG8?=", None),
            ("=?base64?SGVs!!!bG8=?=", None),
            ("=?base64?SGVsbG8=", Some("=?base64?SGVsbG8=")),
            ("=?base64?/w==?=", None),
        ] {
            assert_eq!(decoded(header).as_deref(), expected, "{header}");
        }
    }
}
