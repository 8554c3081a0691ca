//! Validation of origins, as browsers send them in the `Origin` header.

/// Returns whether the text is `null` or has the form of an origin, `scheme://host` or
/// `scheme://host:port`, without a path, a query or user information (RFC 6454 §7.1). The host and
/// the port are not validated themselves.
#[must_use]
pub fn is_origin(text: &str) -> bool {
    let is_host = |host: &str| !host.is_empty() && !host.contains(['/', '?', '#', '@', ' ']);
    let parts = text.split_once("://");
    text == "null" || parts.is_some_and(|(scheme, host)| is_scheme(scheme) && is_host(host))
}

/// Returns whether the text is a URI scheme (RFC 3986 §3.1).
fn is_scheme(text: &str) -> bool {
    let is_rest = |byte: u8| byte.is_ascii_alphanumeric() || b"+-.".contains(&byte);
    text.starts_with(|first: char| first.is_ascii_alphabetic()) && text.bytes().all(is_rest)
}

#[cfg(test)]
mod tests {
    use super::is_origin;

    #[test]
    fn an_origin_has_a_scheme_and_a_host() {
        for text in ["null", "https://example.org", "http://[::1]:80", "chrome-extension://abc"] {
            assert!(is_origin(text), "{text}");
        }
        for text in ["://example.org", "example.org", "https://", "a b://c", "1a://c", "a/b://c"] {
            assert!(!is_origin(text), "{text}");
        }
    }
}
