//! Limits on the size of request heads that hyper does not check itself.

use http::header::COOKIE;
use http::{HeaderMap, Request, StatusCode};
use hyperpoint_core::Problem;

use crate::options::ServerOptions;

/// Refuses a request with a 414 if its target is too long, and with a 431 if it has too many header
/// fields, which hyper counts on HTTP/1 only.
pub(super) fn check_size<B>(request: &Request<B>, options: &ServerOptions) -> Result<(), Problem> {
    let target = request.uri().path_and_query().map_or(0, |target| target.as_str().len());
    if target > options.uri_limit_bytes {
        let detail = format!("the target is longer than {} bytes", options.uri_limit_bytes);
        return Err(Problem::new(StatusCode::URI_TOO_LONG).detail(detail));
    }
    if has_more_fields(request.headers(), options.head_fields) {
        let detail = format!("there are more than {} headers", options.head_fields);
        return Err(Problem::new(StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE).detail(detail));
    }
    Ok(())
}

/// Returns whether there are more header fields than `most`. All cookies count as one field: over
/// HTTP/2 a browser may send each cookie in its own field (RFC 9113 §8.2.3), and up to 180 cookies
/// with a request.
fn has_more_fields(headers: &HeaderMap, most: usize) -> bool {
    headers.len() > most && headers.len() - headers.get_all(COOKIE).iter().skip(1).count() > most
}
