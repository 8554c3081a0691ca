//! The transfer codings of a request, of which hyper decodes only `chunked`.

use http::header::{CONNECTION, TRANSFER_ENCODING};
use http::{HeaderValue, Request, StatusCode};
use http_body::Body;
use hyperpoint_core::Problem;

/// Refuses a request whose body has a transfer coding other than a single `chunked`: the
/// application would read the encoded bytes as content. The connection is closed, because a proxy
/// may determine a different end of the body (RFC 9112 §6.1, §7). HTTP/2 has no transfer codings.
///
/// # Errors
///
/// Returns a 501 problem if the transfer coding is not supported.
#[inline]
pub(super) fn check_transfer_coding<B: Body>(request: &Request<B>) -> Result<(), Problem> {
    // A chunked body has no known length.
    if request.body().size_hint().exact().is_some() {
        return Ok(());
    }
    let values = request.headers().get_all(TRANSFER_ENCODING).iter();
    let codings = values.flat_map(|value| value.as_bytes().split(|byte| *byte == b','));
    let mut codings = codings.map(<[u8]>::trim_ascii).filter(|coding| !coding.is_empty());
    let first = codings.next();
    let is_chunked = first.is_none_or(|coding| coding.eq_ignore_ascii_case(b"chunked"));
    if is_chunked && codings.next().is_none() {
        return Ok(());
    }
    let detail = "the transfer coding of the body is not supported; send only `chunked`";
    let problem = Problem::new(StatusCode::NOT_IMPLEMENTED).detail(detail);
    Err(problem.header(CONNECTION, HeaderValue::from_static("close")))
}
