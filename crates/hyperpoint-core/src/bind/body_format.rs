//! Detection of the format of a request body from its content type.

use http::header::CONTENT_TYPE;
use http::{HeaderMap, StatusCode};

use super::charset::refuse_charset;
use super::content_coding::refuse_coded;
use super::plan::BodyUse;
use crate::problem::{Problem, excerpt};

/// A format of request bodies that binding can parse.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum BodyFormat {
    /// `application/json`, or a media type that ends in `+json`.
    Json,
    /// `application/x-www-form-urlencoded`.
    Form,
    /// `multipart/form-data`.
    #[cfg(feature = "multipart")]
    Parts,
}

/// Returns the format of the body, according to the content type of the request.
///
/// # Errors
///
/// 415 if the content type is missing, if the request type does not accept the format, if the
/// charset is neither UTF-8 nor US-ASCII, or if the body has a content coding other than
/// `identity`.
pub(super) fn body_format(headers: &HeaderMap, wanted: BodyUse) -> Result<BodyFormat, Problem> {
    let kind = headers.get(CONTENT_TYPE).map(|kind| kind.as_bytes());
    let takes_json = matches!(wanted, BodyUse::Json | BodyUse::JsonOrForm);
    // Fast path: the exact spelling that nearly all clients send.
    if takes_json && kind == Some(JSON.as_bytes()) {
        return refuse_coded(headers).map(|()| BodyFormat::Json);
    }
    let takes_form = matches!(wanted, BodyUse::Form | BodyUse::JsonOrForm);
    let essence = kind.unwrap_or_default().split(|byte| *byte == b';').next();
    let format = match essence.unwrap_or_default().trim_ascii() {
        essence if takes_json && is_json(essence) => BodyFormat::Json,
        #[cfg(feature = "multipart")]
        essence
            if (takes_form || wanted == BodyUse::Files)
                && essence.eq_ignore_ascii_case(PARTS.as_bytes()) =>
        {
            BodyFormat::Parts
        }
        essence if takes_form && essence.eq_ignore_ascii_case(FORM.as_bytes()) => BodyFormat::Form,
        _ => return Err(unsupported(refused_kind(kind, wanted))),
    };
    refuse_charset(kind.unwrap_or_default())?;
    refuse_coded(headers).map(|()| format)
}

const JSON: &str = "application/json";
const FORM: &str = "application/x-www-form-urlencoded";
const PARTS: &str = "multipart/form-data";

fn is_json(essence: &[u8]) -> bool {
    let suffix =
        essence.rsplit(|byte| *byte == b'+').next().filter(|last| last.len() < essence.len());
    essence.eq_ignore_ascii_case(JSON.as_bytes())
        || suffix.is_some_and(|suffix| suffix.eq_ignore_ascii_case(b"json"))
}

fn refused_kind(kind: Option<&[u8]>, wanted: BodyUse) -> String {
    let send = match wanted {
        BodyUse::Files => format!("`{PARTS}`"),
        BodyUse::Form => format!("`{FORM}`"),
        BodyUse::JsonOrForm => format!("`{JSON}` or `{FORM}`"),
        BodyUse::Json | BodyUse::Unread => format!("`{JSON}`"),
    };
    match kind {
        Some(kind) => {
            let kind = String::from_utf8_lossy(kind);
            format!("the body is `{}`; send {send}", excerpt(&kind, 64))
        }
        None => format!("the body has no content type; set `Content-Type` to {send}"),
    }
}

fn unsupported(text: String) -> Problem {
    Problem::new(StatusCode::UNSUPPORTED_MEDIA_TYPE).detail(text)
}
