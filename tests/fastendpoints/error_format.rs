//! The errors of FastEndpoints: `{"statusCode": 400, "message": …, "errors": {field: [text]}}`.

use std::collections::BTreeMap;

use hyperpoint::{ErrorBody, PublicProblem};
use serde_json::json;

const MEDIA_TYPE: &str = "application/problem+json; charset=utf-8";

/// The kind of a problem whose detail is the whole body.
pub(crate) const PLAIN_TEXT: &str = "urn:plain-text";

pub(crate) fn fast_endpoints_errors(problem: &PublicProblem<'_>) -> ErrorBody {
    let status = problem.status().as_u16();
    let text = problem.detail().unwrap_or(problem.title());
    match status {
        _ if problem.kind() == PLAIN_TEXT => {
            ErrorBody::new("text/plain; charset=utf-8", text.to_owned())
        }
        401 | 403 | 404 | 405 => ErrorBody::empty(),
        429 => ErrorBody::new("text/plain", "Custom Error Response"),
        500.. => ErrorBody::json(&json!({
            "status": "Internal Server Error!",
            "code": status,
            "reason": text,
            "note": "See application log for stack trace.",
        }))
        .content_type(MEDIA_TYPE),
        _ => {
            let mut errors = BTreeMap::<String, Vec<&str>>::new();
            for error in problem.errors() {
                errors.entry(field_name(error.name())).or_default().push(error.reason());
            }
            if errors.is_empty() {
                errors.insert(field_name(""), vec![text]);
            }
            let message = "One or more errors occurred!";
            let body = json!({ "statusCode": status, "message": message, "errors": errors });
            ErrorBody::json(&body).content_type(MEDIA_TYPE)
        }
    }
}

/// The name of a field as JSON has it: `Width` is `width`.
fn field_name(name: &str) -> String {
    let mut characters = name.chars();
    match characters.next() {
        Some(first) => first.to_lowercase().chain(characters).collect(),
        None => "generalErrors".to_owned(),
    }
}
