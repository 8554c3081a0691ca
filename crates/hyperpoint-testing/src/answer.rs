//! A complete HTTP response.

use std::borrow::Cow;
use std::fmt;

use bytes::Bytes;
use http::header::{CONTENT_TYPE, LOCATION};
use http::{HeaderMap, StatusCode};

/// An HTTP response of any status, with its complete body.
///
/// # Examples
///
/// ```
/// use hyperpoint::prelude::*;
/// use hyperpoint_testing::TestApp;
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
/// let app = TestApp::new(Host::empty().health(|checks| checks))?;
/// let answer = app.get("/missing").await?;
/// assert_eq!(answer.status(), 404);
/// assert!(answer.is_refusal());
/// assert_eq!(answer.header("content-type"), Some("application/problem+json"));
/// assert!(answer.text().contains("Not Found"));
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
    /// Returns the status of the response.
    #[must_use]
    pub fn status(&self) -> StatusCode {
        self.status
    }

    /// Returns the headers of the response.
    #[must_use]
    pub fn headers(&self) -> &HeaderMap {
        &self.headers
    }

    /// Returns the value of the header `name`, or the first one if there are several. Returns
    /// `None` if the header is absent, or if that value is not visible ASCII.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    /// Returns the complete body, which is empty if the response has none.
    #[must_use]
    pub fn bytes(&self) -> &Bytes {
        &self.body
    }

    /// Returns the body as text, with U+FFFD in place of invalid UTF-8.
    #[must_use]
    pub fn text(&self) -> Cow<'_, str> {
        String::from_utf8_lossy(&self.body)
    }

    /// Returns whether this is an error response: its status is 4xx or 5xx.
    #[must_use]
    pub fn is_refusal(&self) -> bool {
        self.status.is_client_error() || self.status.is_server_error()
    }
}

/// Writes the status, the `Location` and the content type if they are set, and up to 1,000
/// characters of the body.
impl fmt::Display for Answer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const SHOWN_CHARS: usize = 1000;
        write!(f, "{}", self.status)?;
        if let Some(location) = self.header(LOCATION.as_str()) {
            write!(f, " with `Location: {location}`")?;
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
