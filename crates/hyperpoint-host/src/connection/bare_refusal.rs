//! Error responses in place of hyper's own empty responses to oversized or invalid request heads.

use std::fmt::Write;

use http::StatusCode;
use hyperpoint_core::Problem;
use hyperpoint_core::problem::ErrorFormat;

/// The header fields that hyper's own refusals have.
const BARE_FIELDS: [&str; 3] = ["connection", "content-length", "date"];

/// Returns whether these bytes are a complete response without a body, as hyper writes it before it
/// closes a connection.
pub(super) fn is_bare_refusal(answer: &[u8]) -> bool {
    let Some(text) =
        std::str::from_utf8(answer).ok().and_then(|text| text.strip_suffix("\r\n\r\n"))
    else {
        return false;
    };
    let mut fields = text.split("\r\n").skip(1).map(|line| line.split_once(": "));
    let is_bare = fields.all(|field| field.is_some_and(|(name, _)| BARE_FIELDS.contains(&name)));
    is_bare && text.contains("\r\nconnection: close") && text.contains("\r\ncontent-length: 0")
}

/// A response with a problem document that replaces an empty response of hyper, and the number of
/// its bytes already written.
#[derive(Debug)]
pub(super) struct Substitute {
    bytes: Vec<u8>,
    written: usize,
}

impl Substitute {
    /// Creates the replacement for hyper's own error response, in this format, and logs its
    /// problem. Returns `None` if the response is malformed, if its status is not 400, 414 or 431,
    /// or if the format sets a header value that is not visible ASCII.
    pub(super) fn of(answer: &[u8], format: &ErrorFormat) -> Option<Self> {
        let text = std::str::from_utf8(answer).ok()?;
        let status: StatusCode = text.get(9..12)?.parse().ok()?;
        let detail = match status {
            StatusCode::BAD_REQUEST => "the head of the request is malformed",
            StatusCode::URI_TOO_LONG => "the target of the request is too long",
            StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE => {
                "the head of the request is too large, or has too many headers"
            }
            _ => return None,
        };
        let problem = Problem::new(status).detail(detail);
        problem.log();
        let kept = text.lines().take(1).chain(text.lines().filter(|line| is_kept(line)));
        let bytes = with_document(kept, format, problem)?;
        Some(Self { bytes, written: 0 })
    }

    /// Returns the bytes that are still to be written, or `None` at the end.
    pub(super) fn rest(&self) -> Option<&[u8]> {
        self.bytes.get(self.written..).filter(|rest| !rest.is_empty())
    }

    /// Records that this number of bytes was written.
    pub(super) fn advance(&mut self, written: usize) {
        self.written += written;
    }
}

/// Returns the bytes of a response with these first lines and the document of a problem, or `None`
/// if `lines` is empty or a header value is not visible ASCII.
pub(super) fn with_document<'l>(
    mut lines: impl Iterator<Item = &'l str>,
    format: &ErrorFormat,
    problem: Problem,
) -> Option<Vec<u8>> {
    let (parts, document) = format.respond(problem).into_parts();
    let mut head = lines.next()?.to_owned();
    for line in lines {
        write!(head, "\r\n{line}").ok()?;
    }
    for (name, value) in &parts.headers {
        write!(head, "\r\n{name}: {}", value.to_str().ok()?).ok()?;
    }
    write!(head, "\r\ncontent-length: {}\r\n\r\n", document.len()).ok()?;
    Some([head.as_bytes(), &document].concat())
}

/// Returns whether the replacement keeps this header field of hyper's response.
fn is_kept(line: &str) -> bool {
    line.starts_with("connection: ") || line.starts_with("date: ")
}

#[cfg(test)]
mod tests {
    use super::*;

    const BARE: &str =
        "HTTP/1.1 400 Bad Request\r\nconnection: close\r\ncontent-length: 0\r\ndate: D\r\n\r\n";

    #[test]
    fn only_a_complete_empty_response_of_hyper_is_bare() {
        let check = |text: &str, expected| assert_eq!(is_bare_refusal(text.as_bytes()), expected);
        check(BARE, true);
        check(&BARE.replace("connection: close\r\n", ""), false);
        check(&BARE.replace("length: 0", "length: 1"), false);
        check(&BARE.replace("date: D", "allow: GET"), false);
        check(BARE.trim_end(), false);
        check(&format!("{BARE}more"), false);
    }

    #[test]
    fn the_substitute_has_a_problem_document_with_its_length() {
        let substitute = Substitute::of(BARE.as_bytes(), &ErrorFormat::default()).unwrap();
        let text = String::from_utf8(substitute.rest().unwrap().to_vec()).unwrap();
        let (head, document) = text.split_once("\r\n\r\n").unwrap();
        assert!(head.starts_with("HTTP/1.1 400 Bad Request\r\nconnection: close\r\ndate: D\r\n"));
        assert!(head.contains(&format!("content-length: {}", document.len())), "{head}");
        assert!(document.contains("the head of the request is malformed"), "{document}");
    }
}
