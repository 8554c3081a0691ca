//! What an unsafe request may ask of the version that it would change.

use std::time::SystemTime;

use http::{StatusCode, request};

use super::etag::ETag;
use super::preconditions::{Verdict, Version, evaluate};
use crate::problem::Problem;

/// The version of a thing before a request changes it, to be checked against `If-Match`,
/// `If-None-Match` and `If-Unmodified-Since` (RFC 9110 §13): so that two who edit at once do not
/// overwrite one another.
///
/// What is only read needs no such check: an answer with [`etag`](crate::answer::Send::etag) or
/// [`last_modified`](crate::answer::Send::last_modified) does it by itself.
///
/// # Example
///
/// ```
/// # use hyperpoint_core::{Cx, Endpoint, Result};
/// use hyperpoint_core::Validators;
///
/// # struct Room { version: u64 }
/// # async fn handle<E: Endpoint<Response = ()>>(cx: Cx<'_, E>, room: Option<Room>) -> Result {
/// match &room {
///     Some(room) => Validators::etag(room.version).check(cx.request)?,
///     None => Validators::absent().check(cx.request)?,
/// }
/// // … and change it.
/// cx.send.no_content_async().await
/// # }
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Validators {
    exists: bool,
    etag: Option<ETag>,
    modified: Option<SystemTime>,
}

impl Validators {
    /// The thing is there, in the version of this tag.
    pub fn etag(tag: impl Into<ETag>) -> Self {
        Self { exists: true, etag: Some(tag.into()), modified: None }
    }

    /// The thing is there, as it was last changed at this time.
    #[must_use]
    pub fn last_modified(time: SystemTime) -> Self {
        Self { exists: true, etag: None, modified: Some(time) }
    }

    /// The thing is not there: `If-Match` never holds, and `If-None-Match: *` does.
    #[must_use]
    pub fn absent() -> Self {
        Self { exists: false, etag: None, modified: None }
    }

    /// Whether the request may go on.
    ///
    /// # Errors
    ///
    /// A 412 where a precondition does not hold.
    pub fn check(&self, request: &request::Parts) -> Result<(), Problem> {
        let tag = self.etag.as_ref().and_then(ETag::tag);
        let version = Version { exists: self.exists, tag, modified: self.modified };
        match evaluate(request, version) {
            Verdict::Failed => Err(failed()),
            Verdict::Proceed | Verdict::NotModified => Ok(()),
        }
    }
}

/// The refusal of a precondition.
pub(crate) fn failed() -> Problem {
    let detail = "it was changed since, or is not as the request expects it";
    Problem::new(StatusCode::PRECONDITION_FAILED).detail(detail)
}
