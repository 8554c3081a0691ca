//! What a client is told of a request that could not be bound.

use std::cell::Cell;
use std::fmt::Write;

use http::StatusCode;
use serde::de::DeserializeOwned;
use serde_json::Error;
use serde_path_to_error::Segment;

use super::culprit::{culprit, unplaced};
use super::object::RequestObject;
use super::plan::{Origin, PlannedField};
use super::read::read;
use super::values::Values;
use crate::problem::{Problem, excerpt};

/// Maximum number of empty values that are left out of one request.
const MAX_LEFT_OUT: usize = 8;

/// Reads a request once more that serde could not read `T` from, with an eye on the path: only those
/// who fail pay for it.
///
/// # Errors
///
/// The refusal, by the name of what is wrong.
#[cold]
pub(super) fn look_again<T: DeserializeOwned>(
    values: &Values<'_>,
    error: &Error,
) -> Result<T, Problem> {
    look_again_without::<T>(values, error, 0)
}

fn look_again_without<T: DeserializeOwned>(
    values: &Values<'_>,
    error: &Error,
    left_out: usize,
) -> Result<T, Problem> {
    let problem = Problem::new(StatusCode::BAD_REQUEST);
    // What is no JSON at all is told by line and column alone: it is the fault of no field.
    if let Some(error) = values.malformed_json() {
        return Err(problem.detail(error.to_string()));
    }
    let known = Cell::<&[&str]>::default();
    let again = match values.whole_json() {
        Some(json) if values.plan.others.is_empty() => {
            let mut json = serde_json::Deserializer::from_str(json);
            serde_path_to_error::deserialize::<_, T>(&mut json)
        }
        _ => serde_path_to_error::deserialize(RequestObject { values, known: &known }),
    };
    let mut complaint = match again {
        Err(again) if again.inner().is_data() => Complaint::new(values, &again),
        _ => return Err(problem.detail(shortened(&error.to_string()))),
    };
    if let Some(claim) = claim_at_fault(values, &complaint) {
        return Err(claim);
    }
    if complaint.name.is_empty()
        && complaint.code == INVALID
        && let Some(name) = culprit::<T>(values, error)
    {
        complaint = Complaint { name, reason: shortened(&unplaced(error)), ..complaint };
    }
    // The schema tells no kind of a field by another name: what is empty may be missing.
    if left_out < MAX_LEFT_OUT && values.is_unlisted_and_empty(&complaint.name) {
        return values.without(&[&complaint.name], |values| {
            let again = read(values);
            again.or_else(|error| look_again_without(values, &error, left_out + 1))
        });
    }
    Err(refusal(problem, complaint, missing(values, known.get())))
}

/// The problem with all that is known to be wrong.
fn refusal(problem: Problem, complaint: Complaint<'_>, missing: Vec<Complaint<'_>>) -> Problem {
    if missing.is_empty() && complaint.name.is_empty() {
        return problem.detail(complaint.reason);
    }
    let is_told = complaint.name.is_empty() || missing.iter().any(|one| one.name == complaint.name);
    let told = if is_told { None } else { Some(complaint) };
    missing.into_iter().chain(told).fold(
        problem,
        |problem, Complaint { name, code, reason, .. }| match name.is_empty() {
            true => problem.detail(reason),
            false => problem.error_with_code(name, code, reason),
        },
    )
}

const INVALID: &str = "invalid";

/// What is wrong with one field.
struct Complaint<'a> {
    /// The path of the field as the client wrote it; empty where it is of none alone.
    name: String,
    code: &'static str,
    reason: String,
    /// The field with a source of its own in which it is.
    field: Option<&'a PlannedField>,
}

impl<'a> Complaint<'a> {
    /// What serde says, by what it says it of.
    fn new(values: &Values<'a>, error: &serde_path_to_error::Error<Error>) -> Self {
        let mut path: Vec<_> = error.path().iter().collect();
        let field = match path.first() {
            Some(Segment::Map { key }) => {
                values.plan.sourced.iter().find(|field| field.name == *key)
            }
            _ => None,
        };
        // A client that writes a whole body knows no name for it.
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

    /// That its source has no value for a field.
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

/// The path as a client would write it: `items[3].price`.
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

/// What serde says, with the place in the body where the field comes from there.
fn reason(error: &Error, is_in_body: bool) -> String {
    let text = error.to_string();
    let place = format!(" at line {} column {}", error.line(), error.column());
    match text.strip_suffix(&place) {
        Some(reason) if !is_in_body => shortened(reason),
        _ => shortened(&text),
    }
}

/// What serde says, with no more of each value in it than its first 64 characters.
fn shortened(reason: &str) -> String {
    const VALUE_CHARS: usize = 64;
    const REASON_CHARS: usize = 1_000;
    let mut short = String::new();
    let mut rest = reason;
    while let Some(begin) = rest.find(['"', '`']) {
        let (before, quoted) = rest.split_at(begin + 1);
        let end = closing(quoted, &before[begin..]);
        short.push_str(before);
        short.push_str(&excerpt(&quoted[..end], VALUE_CHARS));
        rest = &quoted[end..];
        if let Some(after) = rest.strip_prefix(['"', '`']) {
            short.push_str(&before[begin..]);
            rest = after;
        }
    }
    short.push_str(rest);
    excerpt(&short, REASON_CHARS).into_owned()
}

/// Where the text ends that this mark began. Serde escapes marks within quotation marks alone.
fn closing(quoted: &str, mark: &str) -> usize {
    let mut is_escaped = false;
    let end = quoted.char_indices().find(|(_, c)| {
        let is_end = !is_escaped && mark.contains(*c);
        is_escaped = !is_escaped && *c == '\\' && mark == "\"";
        is_end
    });
    end.map_or(quoted.len(), |(end, _)| end)
}

/// The refusal for what is known of the user: no other request of this user would be bound. It
/// tells no value of a claim.
fn claim_at_fault(values: &Values<'_>, complaint: &Complaint<'_>) -> Option<Problem> {
    let forbidden = |text: String| Problem::new(StatusCode::FORBIDDEN).detail(text);
    let claims = values.plan.sourced.iter().filter(|field| field.origin == Origin::Claim);
    let mut absent = claims.filter(|field| field.is_needed() && !values.has(field));
    if let Some(PlannedField { name, .. }) = absent.next() {
        return Some(forbidden(format!("the user has no claim `{name}`")));
    }
    let field = complaint.field.filter(|field| field.origin == Origin::Claim)?;
    let name = &field.name;
    Some(forbidden(format!("the claim `{name}` of the user is not of the kind that is needed")))
}

/// Every field that the request needs and does not have.
fn missing<'a>(values: &Values<'a>, known: &[&str]) -> Vec<Complaint<'a>> {
    let sourced = values.plan.sourced.iter();
    let sourced = sourced.filter(|field| field.is_needed() && !values.has(field));
    let mut missing: Vec<_> = sourced.map(Complaint::of_missing).collect();
    let Some(names) = values.names() else {
        return missing;
    };
    let others = &values.plan.others;
    let is_listed = |name: &String| others.iter().any(|other| other.name == *name);
    // A name that no schema lists may be another name of a field, and then it is not missing.
    let is_alias = |name: &&String| known.is_empty() || known.contains(&name.as_str());
    if names.iter().filter(|name| !is_listed(name)).any(|name| is_alias(&name)) {
        return missing;
    }
    let absent = others.iter().filter(|other| other.is_required && !names.contains(&other.name));
    missing.extend(absent.map(|other| Complaint {
        name: other.name.clone(),
        code: "missing",
        reason: format!("is missing from the {}", values.others_word()),
        field: None,
    }));
    missing
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reason_repeats_the_beginning_of_a_value_alone() {
        let long = "x".repeat(100_000);
        let (part, short) = ("x".repeat(64), "unknown variant `left`, expected `up` or `down`");
        for (reason, expected) in [
            (short.to_owned(), short.to_owned()),
            (
                format!("invalid type: string \"{long}\", expected u32 at line 1 column 9"),
                format!("invalid type: string \"{part}…\", expected u32 at line 1 column 9"),
            ),
            (
                format!("unknown field `{long}`, expected `a`"),
                format!("unknown field `{part}…`, expected `a`"),
            ),
            ("string \"a\\\"b\", expected".to_owned(), "string \"a\\\"b\", expected".to_owned()),
        ] {
            assert_eq!(shortened(&reason), expected);
        }
        // A mark within a value can't make it whole again.
        assert_eq!(shortened(&format!("unknown field `a`{long}`")).chars().count(), 1_001);
    }
}
