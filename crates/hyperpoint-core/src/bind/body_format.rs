//! Which format a body has, by its content type.

use http::header::CONTENT_TYPE;
use http::{HeaderMap, StatusCode};

use super::plan::BodyUse;
use crate::problem::Problem;

/// The format of a body.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum BodyFormat {
    /// `application/json`, or a type that ends in `+json`.
    Json,
    /// `application/x-www-form-urlencoded`.
    Form,
}

/// The format that the request says its body has.
///
/// # Errors
///
/// 415 where the request type is not read from it.
pub(super) fn body_format(headers: &HeaderMap, wanted: BodyUse) -> Result<BodyFormat, Problem> {
    let kind = headers.get(CONTENT_TYPE);
    let takes_json = matches!(wanted, BodyUse::Json | BodyUse::JsonOrForm);
    // As nearly all of them say it, and at no cost.
    if takes_json && kind.is_some_and(|kind| kind == JSON) {
        return Ok(BodyFormat::Json);
    }
    let kind = kind.map(|kind| kind.to_str().unwrap_or_default());
    let essence = kind.unwrap_or_default().split(';').next().unwrap_or_default().trim();
    if takes_json && is_json(essence) {
        return Ok(BodyFormat::Json);
    }
    let takes_form = matches!(wanted, BodyUse::Form | BodyUse::JsonOrForm);
    if takes_form && essence.eq_ignore_ascii_case(FORM) {
        return Ok(BodyFormat::Form);
    }
    let send = match wanted {
        BodyUse::Form => format!("`{FORM}`"),
        BodyUse::JsonOrForm => format!("`{JSON}` or `{FORM}`"),
        BodyUse::Json | BodyUse::Unread => format!("`{JSON}`"),
    };
    let detail = match kind {
        Some(kind) => format!("the body is `{kind}`; send {send}"),
        None => format!("the body has no content type; say that it is {send}"),
    };
    Err(Problem::new(StatusCode::UNSUPPORTED_MEDIA_TYPE).detail(detail))
}

const JSON: &str = "application/json";
const FORM: &str = "application/x-www-form-urlencoded";

fn is_json(essence: &str) -> bool {
    let is_json = |text: &str| text.eq_ignore_ascii_case("json");
    essence.eq_ignore_ascii_case(JSON)
        || essence.rsplit_once('+').is_some_and(|(_, suffix)| is_json(suffix))
}
