//! Extraction of the multipart boundary from the content type of the body.

use http::StatusCode;
use http::header::{CONTENT_TYPE, HeaderMap};

use crate::bind::header_parameters::HeaderParameters;
use crate::problem::{Problem, excerpt};

/// Returns the boundary of a `multipart/form-data` body. An unquoted boundary is accepted even if
/// its characters require quotes (RFC 2046 §5.1.1), because many clients omit the quotes.
///
/// # Errors
///
/// 415 if the content type is not `multipart/form-data`, or if it does not have exactly one valid
/// boundary.
pub(super) fn boundary(headers: &HeaderMap) -> Result<String, Problem> {
    let kind = headers.get(CONTENT_TYPE).map(|kind| kind.as_bytes()).unwrap_or_default();
    let essence = kind.split(|byte| *byte == b';').next().unwrap_or_default();
    let refused = || {
        let kind = String::from_utf8_lossy(kind);
        let kind = excerpt(&kind, 64);
        let text = format!("the body is `{kind}`; send `multipart/form-data` with its boundary");
        Problem::new(StatusCode::UNSUPPORTED_MEDIA_TYPE).detail(text)
    };
    if !essence.trim_ascii().eq_ignore_ascii_case(b"multipart/form-data") {
        return Err(refused());
    }
    let mut found = None;
    for parameter in HeaderParameters::of(kind) {
        let (name, value) = parameter.map_err(|_unclosed| refused())?;
        if name.eq_ignore_ascii_case(b"boundary") && found.replace(value).is_some() {
            return Err(refused());
        }
    }
    let found = found.filter(|boundary| !boundary.is_empty()).ok_or_else(refused)?;
    String::from_utf8(found.into_owned()).map_err(|error| refused().caused_by(error))
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    fn read(kind: &'static str) -> Option<String> {
        let headers = HeaderMap::from_iter([(CONTENT_TYPE, HeaderValue::from_static(kind))]);
        boundary(&headers).ok()
    }

    #[test]
    fn a_boundary_is_read_with_quotes_and_without() {
        for kind in [
            "multipart/form-data; boundary=a=b'()+_,-./:?",
            "Multipart/Form-Data;charset=utf-8; BOUNDARY=\"a=b'()+_,-./:?\";",
        ] {
            assert_eq!(read(kind).unwrap(), "a=b'()+_,-./:?", "{kind}");
        }
        for kind in [
            "multipart/form-data",
            "multipart/form-data; boundary=",
            "multipart/form-data; boundary=\"\"",
            "multipart/form-data; boundary=\"a",
            "multipart/form-data; boundary=a; boundary=b",
            "multipart/mixed; boundary=a",
            "text/plain; boundary=a",
        ] {
            assert_eq!(read(kind), None, "{kind}");
        }
    }
}
