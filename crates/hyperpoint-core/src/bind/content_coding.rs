//! Refusal of request bodies with a content coding, which binding does not decode.

use http::header::{ACCEPT_ENCODING, CONTENT_ENCODING, HeaderMap, HeaderValue};
use http::{StatusCode, request};

use crate::problem::{Problem, excerpt};
use crate::request_body::RequestBody;

/// Refuses a body with a content coding other than `identity`. A layer that decodes bodies must
/// remove the header `Content-Encoding`.
///
/// # Errors
///
/// 415 with `Accept-Encoding` (RFC 9110 §12.5.3).
pub(super) fn refuse_coded(headers: &HeaderMap) -> Result<(), Problem> {
    // Comparing all header names is cheaper than a hashed look-up, unless there are very many
    // headers.
    if !headers.keys().any(|name| name == CONTENT_ENCODING) {
        return Ok(());
    }
    let texts = headers.get_all(CONTENT_ENCODING).iter();
    let texts = texts.map(|value| String::from_utf8_lossy(value.as_bytes()));
    let names = texts.collect::<Vec<_>>().join(",");
    let mut codings = names.split(',').map(str::trim);
    let is_coding = |name: &&str| !name.is_empty() && !name.eq_ignore_ascii_case("identity");
    let Some(coding) = codings.find(is_coding) else {
        return Ok(());
    };
    let coding = excerpt(coding, 64);
    let text = format!("the body has the content coding `{coding}`; send it without one");
    Err(Problem::new(StatusCode::UNSUPPORTED_MEDIA_TYPE)
        .detail(text)
        .header(ACCEPT_ENCODING, HeaderValue::from_static("identity")))
}

/// Refuses a body with a content coding other than `identity`, unless the body is empty.
///
/// # Errors
///
/// 415 as for [`refuse_coded`]; the errors of reading the first bytes of the body.
pub(super) async fn refuse_coded_body(
    request: &request::Parts,
    body: &mut RequestBody,
) -> Result<(), Problem> {
    match refuse_coded(&request.headers) {
        Err(problem) if body.has_bytes().await? => Err(problem),
        _ => Ok(()),
    }
}
