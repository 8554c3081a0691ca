//! Validation of origins, as browsers send them in the `Origin` header.

/// Returns whether the text has the form of an origin: a scheme and a host, optionally with a port,
/// and nothing after them (RFC 6454 §6.1); or `null`.
#[must_use]
pub fn is_origin(text: &str) -> bool {
    let host = text.split_once("://").map(|(_, host)| host);
    let is_host = |host: &str| !host.is_empty() && !host.contains(['/', '?', '#', '@', ' ']);
    text == "null" || host.is_some_and(is_host)
}
