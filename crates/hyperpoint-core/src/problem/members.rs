//! The members of a problem document, and their JSON form.

use std::borrow::Cow;
use std::error::Error;

use http::StatusCode;
use http::header::HeaderMap;
use serde::ser::{Serialize, SerializeMap, Serializer};

/// The members of a problem document (RFC 9457 §3), its headers and its private cause.
pub(super) struct Members {
    pub(super) status: StatusCode,
    pub(super) kind: Option<String>,
    pub(super) title: Option<String>,
    pub(super) detail: Option<String>,
    pub(super) instance: Option<String>,
    pub(super) trace_id: Option<String>,
    pub(super) errors: Vec<FieldError>,
    /// Number of errors that are counted but not listed.
    pub(super) more_errors: usize,
    pub(super) headers: HeaderMap,
    pub(super) source: Option<Box<dyn Error + Send + Sync>>,
}

impl Members {
    /// Returns whether this is a 500 without type, title, detail, field errors and headers, which
    /// is what `?` creates from an error.
    pub(super) fn is_bare(&self) -> bool {
        self.status == StatusCode::INTERNAL_SERVER_ERROR
            && (&self.kind, &self.title, &self.detail) == (&None, &None, &None)
            && self.errors.is_empty()
            && self.headers.is_empty()
    }
}

/// An invalid field of a request, with the reason and a code.
///
/// # Examples
///
/// ```
/// use hyperpoint::Problem;
/// use hyperpoint::http::StatusCode;
///
/// let problem = Problem::new(StatusCode::BAD_REQUEST).error("age", "must be below 150");
/// let public = problem.public();
/// let error = &public.errors()[0];
/// assert_eq!((error.name(), error.code()), ("age", "invalid"));
/// assert_eq!(error.reason(), "must be below 150");
/// ```
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct FieldError {
    pub(super) name: String,
    pub(super) reason: String,
    pub(super) code: Cow<'static, str>,
}

impl FieldError {
    /// Returns the name of the field as the client sent it.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Returns the reason why the field is invalid, a text for the client.
    #[must_use]
    pub fn reason(&self) -> &str {
        &self.reason
    }

    /// Returns the machine-readable code, `invalid` by default.
    #[must_use]
    pub fn code(&self) -> &str {
        &self.code
    }
}

impl Members {
    /// Returns `type`, or `about:blank` if it is unset.
    pub(super) fn kind(&self) -> &str {
        self.kind.as_deref().unwrap_or("about:blank")
    }

    /// Returns `title`, or the reason phrase of the status if it is unset.
    pub(super) fn title(&self) -> &str {
        let phrase = || self.status.canonical_reason().unwrap_or("Problem");
        self.title.as_deref().unwrap_or_else(phrase)
    }
}

impl Serialize for Members {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("type", self.kind())?;
        map.serialize_entry("title", self.title())?;
        map.serialize_entry("status", &self.status.as_u16())?;
        let optional =
            [("detail", &self.detail), ("instance", &self.instance), ("traceId", &self.trace_id)];
        for (name, value) in optional {
            if let Some(value) = value {
                map.serialize_entry(name, value)?;
            }
        }
        if !self.errors.is_empty() {
            map.serialize_entry("errors", &self.errors)?;
        }
        if self.more_errors > 0 {
            map.serialize_entry("moreErrors", &self.more_errors)?;
        }
        map.end()
    }
}
