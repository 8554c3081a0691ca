//! The request that a problem answers.

use http::{HeaderMap, HeaderValue, Uri, request};

/// The request that a problem answers: as much of it as the document tells. Kept where the request
/// itself is gone by the time that something fails.
#[derive(Clone, Debug)]
pub struct About {
    uri: Uri,
    traceparent: Option<HeaderValue>,
}

impl About {
    /// What is told of a request with this target and these headers.
    #[must_use]
    pub fn new(uri: &Uri, headers: &HeaderMap) -> Self {
        Self { uri: uri.clone(), traceparent: headers.get("traceparent").cloned() }
    }

    /// The path, without the query, which may hold secrets.
    pub(super) fn path(&self) -> &str {
        self.uri.path()
    }

    /// The trace id of the W3C `traceparent`: the second of its four parts, 32 hex digits.
    pub(super) fn trace_id(&self) -> Option<&str> {
        let id = self.traceparent.as_ref()?.to_str().ok()?.split('-').nth(1)?;
        let is_valid = id.len() == 32 && id.bytes().all(|byte| byte.is_ascii_hexdigit());
        (is_valid && id.bytes().any(|byte| byte != b'0')).then_some(id)
    }
}

impl From<&request::Parts> for About {
    fn from(request: &request::Parts) -> Self {
        Self::new(&request.uri, &request.headers)
    }
}
