//! Preconditions of requests that change a resource.

use std::time::SystemTime;

use http::request;

use super::etag::ETag;
use super::preconditions::{Verdict, Version, evaluate, failed};
use crate::problem::Problem;

/// The current version of a resource that a request is about to change. [`check`](Self::check)
/// compares it with the request's `If-Match`, `If-None-Match` and `If-Unmodified-Since` (RFC 9110
/// §13).
///
/// The check prevents lost updates when two clients edit a resource at the same time.
///
/// Reads need no such check: for a non-streaming response with [`etag`](crate::answer::Send::etag)
/// or [`last_modified`](crate::answer::Send::last_modified), the preconditions are evaluated when
/// it is sent.
///
/// # Examples
///
/// ```
/// # use hyperpoint::{Cx, Endpoint, Result};
/// use hyperpoint::Validators;
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
    /// Creates the version of an existing resource with this entity tag.
    pub fn etag(tag: impl Into<ETag>) -> Self {
        Self { exists: true, etag: Some(tag.into()), modified: None }
    }

    /// Creates the version of an existing resource that was last modified at this time.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::time::SystemTime;
    ///
    /// use hyperpoint::Validators;
    /// use hyperpoint::http::Request;
    ///
    /// let since = "Sat, 01 Jan 2000 00:00:00 GMT";
    /// let request = Request::put("/rooms/1").header("if-unmodified-since", since);
    /// let (request, ()) = request.body(())?.into_parts();
    /// // The resource was modified after 2000.
    /// assert!(Validators::last_modified(SystemTime::now()).check(&request).is_err());
    /// # Ok::<(), hyperpoint::http::Error>(())
    /// ```
    #[must_use]
    pub fn last_modified(time: SystemTime) -> Self {
        Self { exists: true, etag: None, modified: Some(time) }
    }

    /// Creates the version of a resource that does not exist: `If-Match` never matches, and
    /// `If-None-Match: *` is satisfied.
    #[must_use]
    pub fn absent() -> Self {
        Self { exists: false, etag: None, modified: None }
    }

    /// Checks the preconditions of the request.
    ///
    /// # Errors
    ///
    /// A 412 if a precondition is not satisfied.
    pub fn check(&self, request: &request::Parts) -> Result<(), Problem> {
        let tag = self.etag.as_ref().and_then(ETag::tag);
        let version = Version { exists: self.exists, tag, modified: self.modified };
        match evaluate(request, version) {
            Verdict::Failed => Err(failed()),
            Verdict::Proceed | Verdict::NotModified => Ok(()),
        }
    }
}
