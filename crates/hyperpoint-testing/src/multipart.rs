//! A builder for the body of a form with files (RFC 7578).

use bytes::Bytes;
use uuid::Uuid;

/// The parts of a `multipart/form-data` body.
///
/// # Examples
///
/// ```
/// use hyperpoint::prelude::*;
/// use hyperpoint_testing::{Multipart, TestApp};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
/// let parts = Multipart::new()
///     .text("title", "My cat")
///     .file("photo", "cat.png", "image/png", b"\x89PNG");
/// assert!(parts.content_type().starts_with("multipart/form-data; boundary="));
/// assert!(parts.clone().into_bytes().windows(6).any(|bytes| bytes == b"My cat"));
///
/// let app = TestApp::new(Host::empty().health(|checks| checks))?;
/// let answer = app.post("/photos").multipart(parts).await?;
/// assert_eq!(answer.status(), 404);
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct Multipart {
    boundary: String,
    body: Vec<u8>,
}

impl Multipart {
    /// Creates a body without parts, with a random boundary.
    #[must_use]
    pub fn new() -> Self {
        Self { boundary: format!("part-{}", Uuid::new_v4().simple()), body: Vec::new() }
    }

    /// Adds a text field.
    #[must_use]
    pub fn text(self, name: &str, text: &str) -> Self {
        let name = quoted(name);
        self.part(&format!("Content-Disposition: form-data; name=\"{name}\"\r\n"), text.as_bytes())
    }

    /// Adds a file with its name and content type.
    #[must_use]
    pub fn file(
        self,
        name: &str,
        file_name: &str,
        content_type: &str,
        bytes: impl AsRef<[u8]>,
    ) -> Self {
        let (name, file_name) = (quoted(name), quoted(file_name));
        let head = format!(
            "Content-Disposition: form-data; name=\"{name}\"; filename=\"{file_name}\"\r\n\
             Content-Type: {content_type}\r\n",
        );
        self.part(&head, bytes.as_ref())
    }

    fn part(mut self, head: &str, bytes: &[u8]) -> Self {
        let start = format!("--{}\r\n{head}\r\n", self.boundary);
        self.body.extend_from_slice(start.as_bytes());
        self.body.extend_from_slice(bytes);
        self.body.extend_from_slice(b"\r\n");
        self
    }

    /// Returns the content type of the body, with its boundary.
    #[must_use]
    pub fn content_type(&self) -> String {
        format!("multipart/form-data; boundary={}", self.boundary)
    }

    /// Returns the complete body.
    #[must_use]
    pub fn into_bytes(mut self) -> Bytes {
        self.body.extend_from_slice(format!("--{}--\r\n", self.boundary).as_bytes());
        self.body.into()
    }
}

impl Default for Multipart {
    fn default() -> Self {
        Self::new()
    }
}

/// Escapes a name as browsers do (WHATWG HTML, "Multipart form data").
fn quoted(name: &str) -> String {
    name.replace('\r', "%0D").replace('\n', "%0A").replace('"', "%22")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_are_separated_by_the_boundary() {
        let parts = Multipart::new().text("a\"b", "1").file("f", "x.txt", "text/plain", "2\r\n3");
        assert_eq!(
            parts.content_type(),
            format!("multipart/form-data; boundary={}", parts.boundary)
        );
        let boundary = format!("--{}", parts.boundary);
        let text = String::from_utf8(parts.into_bytes().to_vec()).unwrap();
        assert_eq!(
            text.replace(&boundary, "--B"),
            "--B\r\nContent-Disposition: form-data; name=\"a%22b\"\r\n\r\n1\r\n\
             --B\r\nContent-Disposition: form-data; name=\"f\"; filename=\"x.txt\"\r\n\
             Content-Type: text/plain\r\n\r\n2\r\n3\r\n--B--\r\n",
        );
    }
}
