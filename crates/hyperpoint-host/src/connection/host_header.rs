//! Validation of the `Host` header, as RFC 9112 §3.2 requires of servers.

use http::header::HOST;
use http::{Request, StatusCode, Version, uri::Authority};
use hyperpoint_core::Problem;
use memchr::memchr;

/// Refuses with a 400 an HTTP/1.1 request without a `Host` header, and any request with more than
/// one or with an invalid one. On HTTP/2 a `Host` header must equal `:authority` (RFC 9113 §8.3.1).
/// Neither the header nor the target may contain user information (RFC 9110 §4.2.4).
pub(super) fn check_host<B>(request: &Request<B>) -> Result<(), Problem> {
    // Iterating costs less than a look-up in the few headers of a request.
    let named = request.headers().iter().filter(|(name, _)| *name == HOST);
    let mut hosts = named.map(|(_, host)| host);
    let (first, second) = (hosts.next(), hosts.next());
    if second.is_some() {
        return Err(refusal("is present more than once"));
    }
    let authority = request.uri().authority();
    if authority.is_some_and(|authority| memchr(b'@', authority.as_str().as_bytes()).is_some()) {
        return Err(
            Problem::new(StatusCode::BAD_REQUEST).detail("the target contains user information")
        );
    }
    let Some(host) = first else {
        return match request.version() {
            Version::HTTP_11 => Err(refusal("is missing")),
            _ => Ok(()),
        };
    };
    // An empty `Host` is valid for a target without an authority (RFC 9112 §3.2). On HTTP/1 the
    // header is not compared with the authority of the target.
    let is_valid = host.is_empty() || is_host(host.as_bytes());
    if !is_valid {
        return Err(refusal("is malformed"));
    }
    let authority = authority.filter(|_| request.version() == Version::HTTP_2);
    let differs = |authority: &Authority| {
        !authority.as_str().as_bytes().eq_ignore_ascii_case(host.as_bytes())
    };
    if authority.is_some_and(differs) {
        return Err(refusal("differs from `:authority`"));
    }
    Ok(())
}

/// Returns whether the text is a host with an optional port (RFC 3986 §3.2.2, §3.2.3) and without
/// user information. Scans the bytes only once, since every HTTP/1.1 request has a `Host`.
fn is_host(text: &[u8]) -> bool {
    let (host, port) = match text.strip_prefix(b"[") {
        Some(rest) => {
            let Some(end) = memchr(b']', rest) else {
                return false;
            };
            let (literal, port) = rest.split_at(end);
            let is_literal = literal.iter().all(|b| b.is_ascii_hexdigit() || b":.".contains(b));
            (if is_literal { literal } else { b"" }, port.get(1..).unwrap_or_default())
        }
        None => text.split_at(text.iter().position(|byte| !is_name(*byte)).unwrap_or(text.len())),
    };
    let is_port = port.is_empty()
        || port.strip_prefix(b":").is_some_and(|port| port.iter().all(u8::is_ascii_digit));
    !host.is_empty() && is_port
}

/// Returns whether the byte is valid in a host name (RFC 3986 §3.2.2).
fn is_name(byte: u8) -> bool {
    NAME.get(usize::from(byte)).copied().unwrap_or_default()
}

/// A lookup table of the bytes that are valid in host names, because every byte of every `Host` is
/// checked.
#[expect(
    clippy::indexing_slicing,
    reason = "a byte is below 256, and this is evaluated at compile time"
)]
const NAME: [bool; 256] = {
    let mut name = [false; 256];
    let mut rest: &[u8] =
        b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~!$&'()*+,;=%";
    while let Some((byte, others)) = rest.split_first() {
        name[*byte as usize] = true;
        rest = others;
    }
    name
};

fn refusal(fault: &str) -> Problem {
    Problem::new(StatusCode::BAD_REQUEST).detail(format!("the `Host` header {fault}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(version: Version, uri: &str, hosts: &[&str], expected: bool) {
        let mut request = Request::get(uri).version(version);
        for host in hosts {
            request = request.header(HOST, *host);
        }
        assert_eq!(
            check_host(&request.body(()).unwrap()).is_ok(),
            expected,
            "{version:?} {hosts:?}"
        );
    }

    #[test]
    fn rfc_9112_3_2_http_1_1_needs_exactly_one_valid_host() {
        for good in ["a", "a.example:80", "127.0.0.1:8080", "[::1]:80", "[::1]", "a:", ""] {
            check(Version::HTTP_11, "/", &[good], true);
        }
        for bad in ["a b", "user@a", "a/b", "a:x", "a:1:2", ":80", "http://a", "[::1"] {
            check(Version::HTTP_11, "/", &[bad], false);
        }
        check(Version::HTTP_11, "/", &[], false);
        check(Version::HTTP_11, "/", &["a", "a"], false);
        check(Version::HTTP_10, "/", &[], true);
        check(Version::HTTP_10, "/", &["a", "b"], false);
    }

    #[test]
    fn rfc_9113_8_3_1_a_host_has_to_equal_the_authority() {
        check(Version::HTTP_2, "http://a/", &[], true);
        check(Version::HTTP_2, "http://a/", &["A"], true);
        check(Version::HTTP_2, "http://a/", &["b"], false);
    }
}
