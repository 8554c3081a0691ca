//! The cookie by which a scheme renews its session.

use http::header::SET_COOKIE;
use http::{HeaderValue, Response, StatusCode};
use hyperpoint_core::Body;

/// The answer with this cookie, unless the handler set one of its name itself, as to sign out. A 304
/// goes without: a shared cache would add the cookie to the answer that it has stored (RFC 9111
/// §4.3.4). The session is then renewed by the next answer.
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

fn name(cookie: &HeaderValue) -> Option<&[u8]> {
    cookie.as_bytes().split(|byte| *byte == b'=').next()
}
