//! The cookie by which a scheme renews a session.

use http::header::SET_COOKIE;
use http::{HeaderValue, Response, StatusCode};
use hyperpoint_core::Body;

/// Adds the cookie to the response, unless the handler has set a cookie with the same name, for
/// example to sign out. Never adds it to a 304, because a shared cache would add it to its stored
/// response (RFC 9111 §4.3.4); the next response renews the session instead.
pub(super) fn renewed(mut answer: Response<Body>, cookie: Option<HeaderValue>) -> Response<Body> {
    if let Some(cookie) = cookie
        && answer.status() != StatusCode::NOT_MODIFIED
    {
        let set = answer.headers().get_all(SET_COOKIE);
        if !set.iter().any(|other| name(other) == name(&cookie)) {
            answer.headers_mut().append(SET_COOKIE, cookie);
        }
    }
    answer
}

/// Returns the cookie's name.
fn name(cookie: &HeaderValue) -> Option<&[u8]> {
    cookie.as_bytes().split(|byte| *byte == b'=').next()
}
