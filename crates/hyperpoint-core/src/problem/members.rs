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

/// One invalid field of the request, with the reason.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub(super) struct FieldError {
    pub(super) name: String,
    pub(super) reason: String,
    pub(super) code: Cow<'static, str>,
}

impl Serialize for Members {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let phrase = self.status.canonical_reason().unwrap_or("Problem");
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("type", self.kind.as_deref().unwrap_or("about:blank"))?;
        map.serialize_entry("title", self.title.as_deref().unwrap_or(phrase))?;
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
