//! The problem documents for requests that cannot be bound.

use std::cell::Cell;
use std::fmt::Write;

use http::StatusCode;
use serde::de::DeserializeOwned;
use serde_json::Error;
use serde_path_to_error::Segment;

use super::client_text::client_text;
use super::culprit::{culprit, unplaced};
use super::object::RequestObject;
use super::plan::{Origin, PlannedField};
use super::read::read;
use super::values::Values;
use crate::problem::Problem;

/// Maximum number of empty query and form values that `bind_again` leaves out of one request.
const MAX_LEFT_OUT: usize = 8;

/// Deserializes a request again after the first attempt failed, and tracks the path of the error.
/// The first attempt does not track the path, because that would slow down valid requests.
///
/// Succeeds if the request becomes valid when up to `MAX_LEFT_OUT` empty values whose names the
/// schema does not list are left out.
///
/// # Errors
///
/// 400 with the names of the invalid and missing fields, if they are known; 403 if a claim is
/// missing or has the wrong type.
#[cold]
pub(super) fn bind_again<T: DeserializeOwned>(
    values: &Values<'_>,
    error: &Error,
) -> Result<T, Problem> {
    bind_again_without::<T>(values, error, 0)
}

fn bind_again_without<T: DeserializeOwned>(
    values: &Values<'_>,
    error: &Error,
    left_out: usize,
) -> Result<T, Problem> {
    let problem = Problem::new(StatusCode::BAD_REQUEST);
    // Malformed JSON is reported by line and column only: no field causes it.
    if let Some(error) = values.malformed_json() {
        return Err(problem.detail(error.to_string()));
    }
    let known = Cell::<&[&str]>::default();
    let again = match values.whole_json() {
        Some(json) if values.plan.others.is_empty() => {
            let mut json = serde_json::Deserializer::from_str(json);
            serde_path_to_error::deserialize::<_, T>(&mut json)
        }
        _ => values.holding_files(|| {
            serde_path_to_error::deserialize(RequestObject { values, known: &known })
        }),
    };
    let mut fault = match again {
        Err(again) if again.inner().is_data() => FieldFault::new(values, &again),
        _ => return Err(problem.detail(client_text(&error.to_string()))),
    };
    if let Some(claim) = claim_fault(values, &fault) {
        return Err(claim);
    }
    if fault.name.is_empty()
        && fault.code == INVALID
        && let Some(name) = culprit::<T>(values, error)
    {
        fault = FieldFault { name, reason: client_text(&unplaced(error)), ..fault };
    }
    // The schema does not list aliases, so the kind of a field that is sent under an alias is
    // unknown. An empty string may therefore mean that the value is missing.
    if left_out < MAX_LEFT_OUT && values.is_unlisted_and_empty(&fault.name) {
        return values.without(&[&fault.name], |values| {
            let again = read(values);
            again.or_else(|error| bind_again_without(values, &error, left_out + 1))
        });
    }
    Err(refusal(problem, fault, missing(values, known.get())))
}

/// Builds the problem document from the error and from all missing fields.
fn refusal(problem: Problem, fault: FieldFault<'_>, missing: Vec<FieldFault<'_>>) -> Problem {
    if missing.is_empty() && fault.name.is_empty() {
        return problem.detail(fault.reason);
    }
    let is_listed = fault.name.is_empty() || missing.iter().any(|one| one.name == fault.name);
    let last = if is_listed { None } else { Some(fault) };
    missing.into_iter().chain(last).fold(
        problem,
        |problem, FieldFault { name, code, reason, .. }| match name.is_empty() {
            true => problem.detail(reason),
            false => problem.error_with_code(name, code, reason),
        },
    )
}

const INVALID: &str = "invalid";

/// The error of one field of a request.
struct FieldFault<'a> {
    /// The path of the field, such as `items[3].price`, or an empty string if no single field is
    /// invalid.
    name: String,
    code: &'static str,
    reason: String,
    /// The field of [`BindingPlan::sourced`](super::plan::BindingPlan::sourced) that contains the
    /// error, or `None` if the error is in any other field.
    field: Option<&'a PlannedField>,
}

impl<'a> FieldFault<'a> {
    /// Creates the error of a field from a serde error and its path.
    fn new(values: &Values<'a>, error: &serde_path_to_error::Error<Error>) -> Self {
        let mut path: Vec<_> = error.path().iter().collect();
        let field = match path.first() {
            Some(Segment::Map { key }) => {
                values.plan.sourced.iter().find(|field| field.name == *key)
            }
            _ => None,
        };
        // The name of a whole-body field is unknown to the client, so it is not part of the path.
        if let Some(field) = field.filter(|field| field.origin.is_whole_body()) {
            path.remove(0);
            if !values.has(field) {
                return Self::of_missing(field);
            }
        }
        let is_in_body = field.is_none_or(|field| field.origin.is_whole_body());
        let reason = reason(error.inner(), is_in_body);
        let of_a_name = [
            ("missing field `", "missing"),
            ("unknown field `", "unknown"),
            ("duplicate field `", "duplicate"),
        ];
        for (start, code) in of_a_name {
            let Some((name, _)) = reason.strip_prefix(start).and_then(|rest| rest.split_once('`'))
            else {
                continue;
            };
            let name = name.to_owned();
            let reason = if code == "missing" { "is missing".to_owned() } else { reason };
            let last = Segment::Map { key: name.clone() };
            if !matches!(path.last(), Some(Segment::Map { key }) if *key == name) {
                path.push(&last);
            }
            return Self { name: written(&path), code, reason, field };
        }
        Self { name: written(&path), code: INVALID, reason, field }
    }

    /// Creates the error of a field that is missing from its source.
    fn of_missing(field: &'a PlannedField) -> Self {
        let name = if field.origin.is_whole_body() { "" } else { &*field.name };
        let reason = match field.origin {
            Origin::Query => "is missing from the query",
            Origin::Header(_) => "is missing from the headers",
            Origin::Cookie => "is missing from the cookies",
            Origin::Form | Origin::Body => "the body is missing",
            Origin::Route(_) | Origin::Claim => "is missing",
        };
        Self {
            name: name.to_owned(),
            code: "missing",
            reason: reason.to_owned(),
            field: Some(field),
        }
    }
}

/// Formats a path as clients write it, such as `items[3].price`.
fn written(path: &[&Segment]) -> String {
    let mut name = String::new();
    for segment in path {
        let key = match segment {
            Segment::Seq { index } => {
                // Writing to a string can't fail.
                let _ = write!(name, "[{index}]");
                continue;
            }
            Segment::Map { key } => key,
            Segment::Enum { variant } => variant,
            Segment::Unknown => "?",
        };
        if !name.is_empty() {
            name.push('.');
        }
        name.push_str(key);
    }
    name
}

/// Returns the text of a serde error for clients. The text includes the line and column only if
/// `is_in_body` is `true`.
fn reason(error: &Error, is_in_body: bool) -> String {
    let text = error.to_string();
    let place = format!(" at line {} column {}", error.line(), error.column());
    match text.strip_suffix(&place) {
        Some(reason) if !is_in_body => client_text(reason),
        _ => client_text(&text),
    }
}

/// Returns a 403 if a required claim is missing or a claim has the wrong type, or `None` for any
/// other error. The status is not 400, because the client cannot correct a claim in its request.
/// The problem contains no claim values.
fn claim_fault(values: &Values<'_>, fault: &FieldFault<'_>) -> Option<Problem> {
    let forbidden = |text: String| Problem::new(StatusCode::FORBIDDEN).detail(text);
    let claims = values.plan.sourced.iter().filter(|field| field.origin == Origin::Claim);
    let mut absent = claims.filter(|field| field.is_needed() && !values.has(field));
    if let Some(PlannedField { name, .. }) = absent.next() {
        return Some(forbidden(format!("the user has no claim `{name}`")));
    }
    let field = fault.field.filter(|field| field.origin == Origin::Claim)?;
    let name = &field.name;
    Some(forbidden(format!("the claim `{name}` of the user has the wrong type")))
}

/// Returns an error for each required field that the request lacks. If a name in the request may be
/// an alias, returns only the errors of route parameters and of fields with a [`from`](super::from)
/// type, because any other field may have been sent under that alias.
fn missing<'a>(values: &Values<'a>, known: &[&str]) -> Vec<FieldFault<'a>> {
    let sourced = values.plan.sourced.iter();
    let sourced = sourced.filter(|field| field.is_needed() && !values.has(field));
    let mut missing: Vec<_> = sourced.map(FieldFault::of_missing).collect();
    let Some(names) = values.names() else {
        return missing;
    };
    let others = &values.plan.others;
    let is_listed = |name: &String| others.iter().any(|other| other.name == *name);
    // A name that the schema does not list may be an alias of a field.
    let is_alias = |name: &&String| known.is_empty() || known.contains(&name.as_str());
    if names.iter().filter(|name| !is_listed(name)).any(|name| is_alias(&name)) {
        return missing;
    }
    let absent = others.iter().filter(|other| other.is_required && !names.contains(&other.name));
    let source = match values.is_json_as_form() {
        true => "form; the body looks like JSON, so send it as `application/json`",
        false => values.others_source(),
    };
    missing.extend(absent.map(|other| FieldFault {
        name: other.name.clone(),
        code: "missing",
        reason: format!("is missing from the {source}"),
        field: None,
    }));
    missing
}
