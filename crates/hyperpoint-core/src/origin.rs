//! Validation of origins, as browsers send them in the `Origin` header.

/// Returns whether the text is `null` or has the form of an origin, `scheme://host` or
/// `scheme://host:port`, without a path, a query or user information (RFC 6454 §7.1). The scheme,
/// the host and the port are not validated themselves.
#[must_use]
pub fn is_origin(text: &str) -> bool {
    let host = text.split_once("://").map(|(_, host)| host);
    let is_host = |host: &str| !host.is_empty() && !host.contains(['/', '?', '#', '@', ' ']);
    text == "null" || host.is_some_and(is_host)
}
