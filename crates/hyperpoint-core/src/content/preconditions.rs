//! Evaluation of preconditions (RFC 9110 §13).

use std::time::SystemTime;

use http::header::{
    HeaderName, HeaderValue, IF_MATCH, IF_MODIFIED_SINCE, IF_NONE_MATCH, IF_RANGE,
    IF_UNMODIFIED_SINCE, RANGE,
};
use http::{HeaderMap, Method, StatusCode, request};

use super::etag::Tag;
use crate::problem::Problem;

/// The current version of a resource. `tag` and `modified` are `None` if they are unknown.
#[derive(Clone, Copy, Debug)]
pub(super) struct Version<'a> {
    pub(super) exists: bool,
    pub(super) tag: Option<Tag<'a>>,
    pub(super) modified: Option<SystemTime>,
}

/// The outcome of a request's preconditions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    /// The request is processed normally.
    Proceed,
    /// Respond with 304: the client has the current version.
    NotModified,
    /// Respond with 412: the current version does not satisfy the preconditions.
    Failed,
}

/// Returns whether a request with the method GET, HEAD or QUERY shows that the client already has
/// the version that the response headers declare (`ETag`, `Last-Modified`). If so, respond with a
/// 304.
///
/// # Errors
///
/// A 412 if a precondition is not satisfied.
pub fn has_version(request: &request::Parts, headers: &HeaderMap) -> Result<bool, Problem> {
    match evaluate(request, Version::of(headers)) {
        Verdict::NotModified => Ok(true),
        Verdict::Proceed => Ok(false),
        Verdict::Failed => Err(failed()),
    }
}

/// Returns the problem for a precondition that is not satisfied.
pub(super) fn failed() -> Problem {
    let detail = "the resource does not have the version that the request requires; fetch it again";
    Problem::new(StatusCode::PRECONDITION_FAILED).detail(detail)
}

impl<'a> Version<'a> {
    /// Reads the version of an existing resource from response headers. Invalid values are ignored.
    pub(super) fn of(headers: &'a HeaderMap) -> Self {
        let tag = headers.get(http::header::ETAG).and_then(|tag| Tag::parse(tag.as_bytes()));
        let modified = headers.get(http::header::LAST_MODIFIED).and_then(date);
        Self { exists: true, tag, modified }
    }

    /// Returns whether the header contains a tag of this version, according to `is_same`, or
    /// contains `*` and the resource exists.
    fn matches(self, header: &HeaderName, request: &request::Parts, is_same: Comparison) -> bool {
        let values = request.headers.get_all(header);
        values.iter().map(|value| value.as_bytes().trim_ascii()).any(|value| {
            let among = |tag| Tag::list(value).into_iter().any(|known| is_same(known, tag));
            if value == b"*" { self.exists } else { self.tag.is_some_and(among) }
        })
    }
}

/// A comparison function for two tags, strong or weak.
type Comparison = fn(Tag<'_>, Tag<'_>) -> bool;

/// Evaluates the preconditions in their order of precedence (RFC 9110 §13.2.2), except `If-Range`.
pub(super) fn evaluate(request: &request::Parts, version: Version<'_>) -> Verdict {
    let headers = &request.headers;
    let is_read = [Method::GET, Method::HEAD, Method::QUERY].contains(&request.method);
    if headers.contains_key(IF_MATCH) {
        if !version.matches(&IF_MATCH, request, |one, other| one.matches_strongly(other)) {
            return Verdict::Failed;
        }
    } else if let (Some(since), Some(modified)) =
        (only_date(headers, &IF_UNMODIFIED_SINCE), version.modified)
        && second(modified) > second(since)
    {
        return Verdict::Failed;
    }
    if headers.contains_key(IF_NONE_MATCH) {
        return match version
            .matches(&IF_NONE_MATCH, request, |one, other| one.matches_weakly(other))
        {
            true if is_read => Verdict::NotModified,
            true => Verdict::Failed,
            false => Verdict::Proceed,
        };
    }
    match (only_date(headers, &IF_MODIFIED_SINCE), version.modified) {
        (Some(since), Some(modified)) if is_read && second(modified) <= second(since) => {
            Verdict::NotModified
        }
        _ => Verdict::Proceed,
    }
}

/// Returns the value of `Range`, or `None` if it does not apply. It applies if the method is GET,
/// the header occurs once, and the version matches `If-Range`, if present (RFC 9110 §13.1.5).
pub(super) fn range<'r>(
    request: &'r request::Parts,
    response: &HeaderMap,
) -> Option<&'r HeaderValue> {
    // Ranges are defined only for GET (RFC 9110 §14.2).
    let range = only(&request.headers, &RANGE).filter(|_| request.method == Method::GET)?;
    let version = Version::of(response);
    let holds = match only(&request.headers, &IF_RANGE) {
        None => !request.headers.contains_key(IF_RANGE),
        Some(value) => match Tag::parse(value.as_bytes()) {
            Some(tag) => version.tag.is_some_and(|current| current.matches_strongly(tag)),
            None => {
                date(value).is_some_and(|date| version.modified.map(second) == Some(second(date)))
            }
        },
    };
    holds.then_some(range)
}

/// Returns the value of a header, or `None` if the header does not occur exactly once.
fn only<'h>(headers: &'h HeaderMap, name: &HeaderName) -> Option<&'h HeaderValue> {
    let mut values = headers.get_all(name).iter();
    values.next().filter(|_| values.next().is_none())
}

/// Returns the date of a header, or `None` if the header does not occur exactly once or is invalid.
fn only_date(headers: &HeaderMap, name: &HeaderName) -> Option<SystemTime> {
    only(headers, name).and_then(date)
}

/// Parses an HTTP date. Returns `None` if it is invalid.
fn date(value: &HeaderValue) -> Option<SystemTime> {
    httpdate::parse_http_date(value.to_str().ok()?).ok()
}

/// Converts a time to whole seconds since 1970, the resolution of HTTP dates. Earlier times become
/// 0.
fn second(time: SystemTime) -> u64 {
    time.duration_since(SystemTime::UNIX_EPOCH).map_or(0, |since| since.as_secs())
}
