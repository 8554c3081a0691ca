//! Checks of the `charset` parameter of a content type: only UTF-8 and its subset US-ASCII are
//! accepted.

use http::StatusCode;

use super::header_parameters::HeaderParameters;
use crate::problem::{Problem, excerpt};

/// Refuses a body whose content type names a charset other than UTF-8 and US-ASCII: its bytes may
/// be valid UTF-8 by chance, and would then be decoded as a different text.
///
/// # Errors
///
/// 415 with the name of the charset.
pub(super) fn refuse_charset(content_type: &[u8]) -> Result<(), Problem> {
    foreign_charset(content_type).map_or(Ok(()), |charset| {
        let text = format!("the body has the charset `{charset}`; send UTF-8");
        Err(Problem::new(StatusCode::UNSUPPORTED_MEDIA_TYPE).detail(text))
    })
}

/// Returns the charset of a content type, cut to its first 64 characters, or `None` if the charset
/// is absent, empty, UTF-8 or US-ASCII.
pub(super) fn foreign_charset(content_type: &[u8]) -> Option<String> {
    const KNOWN: [&str; 5] = ["utf-8", "utf8", "us-ascii", "ascii", ""];
    let parameters = HeaderParameters::of(content_type).flatten();
    let mut charsets = parameters.filter(|(name, _)| name.eq_ignore_ascii_case(b"charset"));
    let (_, name) = charsets.next()?;
    let name = String::from_utf8_lossy(&name);
    let is_known = KNOWN.iter().any(|known| name.trim().eq_ignore_ascii_case(known));
    (!is_known).then(|| excerpt(&name, 64).into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn utf_8_and_ascii_are_accepted_charsets() {
        for kind in [
            "text/plain",
            "text/plain; charset=UTF-8",
            "text/plain; Charset=\"utf-8\"",
            "text/plain;charset=utf8;x=y",
            "text/plain; charset=us-ascii",
            "text/plain; charset=",
        ] {
            assert_eq!(foreign_charset(kind.as_bytes()), None, "{kind}");
        }
        assert_eq!(foreign_charset(b"a/b; x=y; charset=Latin1").unwrap(), "Latin1");
        assert_eq!(foreign_charset(b"a/b; charset=\"utf-16\"").unwrap(), "utf-16");
    }
}
