//! A refusal as a client reads it (RFC 9457).

use http::{HeaderMap, StatusCode};
use serde::Deserialize;
use serde_json::{Map, Value};

/// A problem document that came as an answer.
///
/// # Example
///
/// ```
/// # async fn f(app: hyperpoint_testing::TestApp) -> Result<(), hyperpoint_testing::CallError> {
/// let problem = app.post("/orders").await?.problem()?;
/// assert_eq!(problem.status, 415);
/// assert_eq!(problem.reason("items"), None);
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct ReceivedProblem {
    /// The status of the answer.
    pub status: StatusCode,
    /// The headers of the answer.
    pub headers: HeaderMap,
    /// `type`.
    pub kind: String,
    /// `title`.
    pub title: String,
    /// `detail`.
    pub detail: Option<String>,
    /// `instance`.
    pub instance: Option<String>,
    /// `traceId`.
    pub trace_id: Option<String>,
    /// `errors`, one a field: the first 100.
    pub errors: Vec<ReceivedFieldError>,
    /// `moreErrors`, the number of errors that are not listed.
    pub more_errors: usize,
    /// The members that are none of these.
    pub extensions: Map<String, Value>,
}

/// What a problem says of one field of the request.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq)]
#[non_exhaustive]
pub struct ReceivedFieldError {
    /// The name of the field, or its path.
    pub name: String,
    /// Why it was refused.
    pub reason: String,
    /// The reason for programs, where there is one.
    #[serde(default)]
    pub code: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Document {
    #[serde(rename = "type")]
    kind: String,
    title: String,
    detail: Option<String>,
    instance: Option<String>,
    trace_id: Option<String>,
    #[serde(default)]
    errors: Vec<ReceivedFieldError>,
    #[serde(default)]
    more_errors: usize,
    #[serde(flatten)]
    extensions: Map<String, Value>,
}

impl ReceivedProblem {
    pub(crate) fn read(
        status: StatusCode,
        headers: &HeaderMap,
        body: &[u8],
    ) -> Result<Self, serde_json::Error> {
        let mut document: Document = serde_json::from_slice(body)?;
        document.extensions.remove("status");
        let Document { kind, title, detail, instance, trace_id, .. } = document;
        Ok(Self {
            status,
            headers: headers.clone(),
            kind,
            title,
            detail,
            instance,
            trace_id,
            errors: document.errors,
            more_errors: document.more_errors,
            extensions: document.extensions,
        })
    }

    /// What is said of the field of this name; the first, where there are several.
    #[must_use]
    pub fn error(&self, name: &str) -> Option<&ReceivedFieldError> {
        self.errors.iter().find(|error| error.name == name)
    }

    /// Why the field of this name was refused.
    #[must_use]
    pub fn reason(&self, name: &str) -> Option<&str> {
        self.error(name).map(|error| error.reason.as_str())
    }

    /// Whether the field of this name was refused by this code.
    #[must_use]
    pub fn has_code(&self, name: &str, code: &str) -> bool {
        let mut errors = self.errors.iter().filter(|error| error.name == name);
        errors.any(|error| error.code.as_deref() == Some(code))
    }

    /// The names of the fields that were refused, in their order.
    #[must_use]
    pub fn names(&self) -> Vec<&str> {
        self.errors.iter().map(|error| error.name.as_str()).collect()
    }
}
