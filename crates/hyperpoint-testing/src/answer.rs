//! An answer that came whole.

use std::borrow::Cow;
use std::fmt;

use bytes::Bytes;
use http::header::{CONTENT_TYPE, LOCATION};
use http::{HeaderMap, StatusCode};

/// An answer, whatever its status, with its whole body.
///
/// # Example
///
/// ```
/// # async fn f(app: hyperpoint_testing::TestApp) -> Result<(), hyperpoint_testing::CallError> {
/// let answer = app.get("/robots.txt").await?;
/// assert_eq!((answer.status().as_u16(), answer.header("content-type")), (200, Some("text/plain")));
/// assert!(answer.text().contains("Disallow"));
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct Answer {
    pub(crate) target: String,
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
}

impl Answer {
    /// The status.
    #[must_use]
    pub fn status(&self) -> StatusCode {
        self.status
    }

    /// The headers.
    #[must_use]
    pub fn headers(&self) -> &HeaderMap {
        &self.headers
    }

    /// The header of this name as text; the first, where there are several.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    /// The body.
    #[must_use]
    pub fn bytes(&self) -> &Bytes {
        &self.body
    }

    /// The body as text; what is no UTF-8 becomes U+FFFD.
    #[must_use]
    pub fn text(&self) -> Cow<'_, str> {
        String::from_utf8_lossy(&self.body)
    }

    /// Whether it refuses: by a status of 4xx or 5xx.
    #[must_use]
    pub fn is_refusal(&self) -> bool {
        self.status.is_client_error() || self.status.is_server_error()
    }
}

/// The status, what the body is, and its beginning.
impl fmt::Display for Answer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const SHOWN_CHARS: usize = 1000;
        write!(f, "{}", self.status)?;
        if let Some(location) = self.header(LOCATION.as_str()) {
            write!(f, " to {location}")?;
        }
        if let Some(kind) = self.header(CONTENT_TYPE.as_str()) {
            write!(f, ", {kind}")?;
        }
        if self.body.is_empty() {
            return f.write_str(", without a body");
        }
        let text = self.text();
        match text.char_indices().nth(SHOWN_CHARS) {
            Some((end, _)) => write!(f, ": {}…", text.get(..end).unwrap_or_default()),
            None => write!(f, ": {text}"),
        }
    }
}

impl fmt::Debug for Answer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}
