//! Protection against cross-site request forgery.

use http::header::{HOST, ORIGIN};
use http::{HeaderValue, Method, StatusCode, request};

use hyperpoint_core::origin::is_origin;
use hyperpoint_core::problem::Problem;

/// Refuses an unsafe request that may come from a page of another origin (cross-site request
/// forgery). Intended for schemes whose credentials browsers send automatically, such as cookies.
/// Call it after the credentials were verified.
///
/// Safe requests are accepted: GET, HEAD, OPTIONS, TRACE (RFC 9110 §9.2.1), and QUERY, which a
/// browser sends to another origin only after a preflight. Other requests are accepted if they come
/// from a page of the request's own origin or of a trusted origin, or if no page initiated them
/// (`Sec-Fetch-Site: none`). Browsers report whether the origins are equal in `Sec-Fetch-Site` (W3C
/// Fetch Metadata §2.3); older browsers send the origin of the page in `Origin` (RFC 6454 §7). A
/// client that sends neither header is not a browser, and is accepted.
///
/// Each origin in `trusted`, such as `https://app.example` without a trailing slash, is compared
/// byte for byte with `Origin`.
///
/// # Errors
///
/// Returns a 403 problem if the request may come from a page of another origin.
///
/// # Examples
///
/// ```
/// use hyperpoint::http::Request;
/// use hyperpoint::schemes::refuse_cross_origin;
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

/// Returns a configuration error for each invalid trusted origin.
pub(super) fn errors_of_origins(trusted: &[String]) -> Vec<String> {
    let wrong = trusted.iter().filter(|origin| *origin == "null" || !is_origin(origin));
    let error = |origin: &String| {
        format!("cannot trust `{origin}`; use an origin with a host, such as `https://app.example`")
    };
    wrong.map(error).collect()
}

/// Returns whether a method is safe: the methods of RFC 9110 §9.2.1, and QUERY.
fn is_safe(method: &Method) -> bool {
    let safe = [Method::GET, Method::HEAD, Method::OPTIONS, Method::TRACE, Method::QUERY];
    safe.contains(method)
}

/// Returns whether the request may come from a page of another, untrusted origin.
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

/// Returns whether an origin has the host and port of the request's target. The schemes are not
/// compared.
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
    fn an_unsafe_request_from_another_origin_is_refused() {
        check("POST", &[], true);
        check("POST", &[("sec-fetch-site", "same-origin")], true);
        check("POST", &[("sec-fetch-site", "none")], true);
        check("POST", &[("sec-fetch-site", "cross-site")], false);
        check("DELETE", &[("sec-fetch-site", "same-site")], false);
        check("GET", &[("sec-fetch-site", "cross-site")], true);
        check("OPTIONS", &[("sec-fetch-site", "cross-site")], true);
        check("QUERY", &[("sec-fetch-site", "cross-site")], true);
        check("query", &[("sec-fetch-site", "cross-site")], false);
    }

    #[test]
    fn without_fetch_metadata_the_origin_header_is_compared() {
        check("POST", &[("origin", "https://a.example:81")], true);
        check("POST", &[("origin", "http://A.example:81")], true);
        check("POST", &[("origin", "https://a.example")], false);
        check("POST", &[("origin", "https://evil.example")], false);
        check("POST", &[("origin", "null")], false);
        check("POST", &[("origin", "https://a.example:81.evil.example")], false);
    }

    #[test]
    fn a_trusted_origin_may_send_unsafe_cross_site_requests() {
        let trusted = ("origin", "https://app.example");
        check("POST", &[trusted, ("sec-fetch-site", "cross-site")], true);
        check(
            "POST",
            &[("origin", "https://app.example:1"), ("sec-fetch-site", "cross-site")],
            false,
        );
    }
}
