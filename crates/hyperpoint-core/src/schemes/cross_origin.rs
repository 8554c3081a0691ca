//! Requests that a page of another origin may have made in its visitor's name.

use http::header::{HOST, ORIGIN};
use http::{HeaderValue, Method, StatusCode, request};

use crate::problem::Problem;

/// Refuses a request that changes something, carries what a browser adds by itself, and may come
/// from a page of another origin. Browsers tell by `Sec-Fetch-Site` (W3C Fetch Metadata §2.3), and
/// older ones by `Origin` (RFC 6454 §7); a client that sends neither is no browser.
///
/// # Errors
///
/// 403.
pub(super) fn refuse_cross_origin(
    request: &request::Parts,
    trusted: &[String],
) -> Result<(), Problem> {
    if is_safe(&request.method) || !is_cross_origin(request, trusted) {
        return Ok(());
    }
    let detail = "the request comes from a page of another origin";
    Err(Problem::new(StatusCode::FORBIDDEN).detail(detail))
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
