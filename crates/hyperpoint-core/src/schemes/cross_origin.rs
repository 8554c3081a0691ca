//! Requests that a page of another origin may have made in its visitor's name.

use http::header::{HOST, ORIGIN};
use http::{HeaderValue, Method, StatusCode, request};

use crate::origin::is_origin;
use crate::problem::Problem;

/// Refuses a request by which a page of another origin may act in its visitor's name. For a scheme
/// whose credentials the browser adds by itself, such as a cookie: call it once the credentials were
/// found to hold.
///
/// A request that changes nothing (GET, HEAD, OPTIONS, TRACE; RFC 9110 §9.2.1) passes. Others pass
/// if they come from a page of the request's own origin or of a trusted one. Browsers report that by
/// `Sec-Fetch-Site` (W3C Fetch Metadata §2.3), older ones by `Origin` (RFC 6454 §7); a client that
/// sends neither is not a browser, and passes.
///
/// A trusted origin is compared byte for byte: `https://app.example`, without a slash at the end.
///
/// # Errors
///
/// 403 if the request may come from a page of another origin.
///
/// # Examples
///
/// ```
/// use http::Request;
/// use hyperpoint_core::schemes::refuse_cross_origin;
///
/// let request = Request::post("/orders").header("sec-fetch-site", "cross-site");
/// let (request, ()) = request.body(()).unwrap().into_parts();
/// assert!(refuse_cross_origin(&request, &[]).is_err());
/// ```
pub fn refuse_cross_origin(request: &request::Parts, trusted: &[String]) -> Result<(), Problem> {
    if is_safe(&request.method) || !is_cross_origin(request, trusted) {
        return Ok(());
    }
    let detail = "the request comes from a page of another origin";
    Err(Problem::new(StatusCode::FORBIDDEN).detail(detail))
}

/// The trusted origins that no page should have, a sentence each.
pub(super) fn mistakes_of_origins(trusted: &[String]) -> Vec<String> {
    let wrong = trusted.iter().filter(|origin| *origin == "null" || !is_origin(origin));
    let tell = |origin: &String| {
        format!("can't trust `{origin}`; give an origin with a host, such as `https://app.example`")
    };
    wrong.map(tell).collect()
}

/// Whether a method changes nothing (RFC 9110 §9.2.1).
fn is_safe(method: &Method) -> bool {
    matches!(*method, Method::GET | Method::HEAD | Method::OPTIONS | Method::TRACE)
}

fn is_cross_origin(request: &request::Parts, trusted: &[String]) -> bool {
    let origin = request.headers.get(ORIGIN).map(HeaderValue::as_bytes);
    if origin.is_some_and(|origin| trusted.iter().any(|known| known.as_bytes() == origin)) {
        return false;
    }
    match (request.headers.get("sec-fetch-site"), origin) {
        (Some(site), _) => site != "same-origin" && site != "none",
        (None, Some(origin)) => !is_own(request, origin),
        (None, None) => false,
    }
}

/// Whether an origin is that of the request's own target.
fn is_own(request: &request::Parts, origin: &[u8]) -> bool {
    let host = request.uri.authority().map(|authority| authority.as_str().as_bytes());
    let host = host.or_else(|| request.headers.get(HOST).map(HeaderValue::as_bytes));
    let named =
        [&b"https://"[..], b"http://"].into_iter().find_map(|kind| origin.strip_prefix(kind));
    matches!((host, named), (Some(host), Some(named)) if host.eq_ignore_ascii_case(named))
}

#[cfg(test)]
mod tests {
    use http::Request;

    use super::*;

    #[track_caller]
    fn check(method: &str, headers: &[(&str, &str)], expected: bool) {
        let request = Request::builder().method(method).uri("/").header("host", "a.example:81");
        let request = headers.iter().fold(request, |all, (name, value)| all.header(*name, *value));
        let (parts, ()) = request.body(()).unwrap().into_parts();
        let trusted = ["https://app.example".to_owned()];
        assert_eq!(refuse_cross_origin(&parts, &trusted).is_ok(), expected, "{headers:?}");
    }

    #[test]
    fn a_page_of_another_origin_changes_nothing() {
        check("POST", &[], true);
        check("POST", &[("sec-fetch-site", "same-origin")], true);
        check("POST", &[("sec-fetch-site", "none")], true);
        check("POST", &[("sec-fetch-site", "cross-site")], false);
        check("DELETE", &[("sec-fetch-site", "same-site")], false);
        check("GET", &[("sec-fetch-site", "cross-site")], true);
        check("OPTIONS", &[("sec-fetch-site", "cross-site")], true);
    }

    #[test]
    fn where_a_browser_tells_its_origin_alone_that_is_compared() {
        check("POST", &[("origin", "https://a.example:81")], true);
        check("POST", &[("origin", "http://A.example:81")], true);
        check("POST", &[("origin", "https://a.example")], false);
        check("POST", &[("origin", "https://evil.example")], false);
        check("POST", &[("origin", "null")], false);
        check("POST", &[("origin", "https://a.example:81.evil.example")], false);
    }

    #[test]
    fn an_origin_that_is_trusted_may_ask_from_anywhere() {
        let trusted = ("origin", "https://app.example");
        check("POST", &[trusted, ("sec-fetch-site", "cross-site")], true);
        check(
            "POST",
            &[("origin", "https://app.example:1"), ("sec-fetch-site", "cross-site")],
            false,
        );
    }
}
