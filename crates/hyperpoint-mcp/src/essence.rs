//! Media types without their parameters.

/// Returns a media type without its parameters (RFC 9110 §8.3.1).
pub(crate) fn essence(media_type: &str) -> &str {
    // For short strings, this is faster than `str::find`.
    let end = media_type.bytes().position(|byte| byte == b';');
    end.and_then(|end| media_type.get(..end)).unwrap_or(media_type).trim_ascii()
}
