//! Preconditions: what a client asks of the version that it would be answered with.

use std::time::SystemTime;

use http::header::{
    HeaderName, HeaderValue, IF_MATCH, IF_MODIFIED_SINCE, IF_NONE_MATCH, IF_RANGE,
    IF_UNMODIFIED_SINCE, RANGE,
};
use http::{HeaderMap, Method, request};

use super::etag::Tag;

/// The version that there is. Nothing is known of a part that is none.
#[derive(Clone, Copy, Debug)]
pub(super) struct Version<'a> {
    pub(super) exists: bool,
    pub(super) tag: Option<Tag<'a>>,
    pub(super) modified: Option<SystemTime>,
}

/// What the preconditions of a request come to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// The request is done as if it had none.
    Proceed,
    /// 304: the client has this version.
    NotModified,
    /// 412: it is not the version that the client has in mind.
    Failed,
}

/// What the preconditions come to for the version that these headers, `ETag` and `Last-Modified`,
/// are of.
pub(crate) fn verdict(request: &request::Parts, headers: &HeaderMap) -> Verdict {
    evaluate(request, Version::of(headers))
}

impl<'a> Version<'a> {
    /// The version that these headers are of.
    pub(super) fn of(headers: &'a HeaderMap) -> Self {
        let tag = headers.get(http::header::ETAG).and_then(|tag| Tag::parse(tag.as_bytes()));
        let modified = headers.get(http::header::LAST_MODIFIED).and_then(date);
        Self { exists: true, tag, modified }
    }

    /// Whether it is among these tags.
    fn is_of(self, header: &HeaderName, request: &request::Parts, same: Same) -> bool {
        let values = request.headers.get_all(header);
        values.iter().map(|value| value.as_bytes().trim_ascii()).any(|value| {
            let among = |tag| Tag::list(value).into_iter().any(|known| same(known, tag));
            if value == b"*" { self.exists } else { self.tag.is_some_and(among) }
        })
    }
}

type Same = fn(Tag<'_>, Tag<'_>) -> bool;

/// The preconditions in their order (RFC 9110 §13.2.2), but for `If-Range`.
pub(super) fn evaluate(request: &request::Parts, version: Version<'_>) -> Verdict {
    let headers = &request.headers;
    let is_read = [Method::GET, Method::HEAD].contains(&request.method);
    if headers.contains_key(IF_MATCH) {
        if !version.is_of(&IF_MATCH, request, |one, other| one.is_strongly(other)) {
            return Verdict::Failed;
        }
    } else if let (Some(since), Some(modified)) =
        (only_date(headers, &IF_UNMODIFIED_SINCE), version.modified)
        && second(modified) > second(since)
    {
        return Verdict::Failed;
    }
    if headers.contains_key(IF_NONE_MATCH) {
        return match version.is_of(&IF_NONE_MATCH, request, |one, other| one.is_weakly(other)) {
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

/// The `Range` of a request that is to be obeyed: of a GET, said once, and for the version that the
/// client has a part of (`If-Range`, RFC 9110 §13.1.5).
pub(super) fn range<'r>(
    request: &'r request::Parts,
    answer: &HeaderMap,
) -> Option<&'r HeaderValue> {
    // No other method has ranges (RFC 9110 §14.2).
    let range = only(&request.headers, &RANGE).filter(|_| request.method == Method::GET)?;
    let version = Version::of(answer);
    let holds = match only(&request.headers, &IF_RANGE) {
        None => !request.headers.contains_key(IF_RANGE),
        Some(value) => match Tag::parse(value.as_bytes()) {
            Some(tag) => version.tag.is_some_and(|current| current.is_strongly(tag)),
            None => {
                date(value).is_some_and(|date| version.modified.map(second) == Some(second(date)))
            }
        },
    };
    holds.then_some(range)
}

/// The value of a header that is there once.
fn only<'h>(headers: &'h HeaderMap, name: &HeaderName) -> Option<&'h HeaderValue> {
    let mut values = headers.get_all(name).iter();
    values.next().filter(|_| values.next().is_none())
}

/// The date in a header; one that is none is as if the header were not there.
fn only_date(headers: &HeaderMap, name: &HeaderName) -> Option<SystemTime> {
    only(headers, name).and_then(date)
}

fn date(value: &HeaderValue) -> Option<SystemTime> {
    httpdate::parse_http_date(value.to_str().ok()?).ok()
}

/// The time in whole seconds: a date in a header has no more.
fn second(time: SystemTime) -> u64 {
    time.duration_since(SystemTime::UNIX_EPOCH).map_or(0, |since| since.as_secs())
}
