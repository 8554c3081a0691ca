//! Refusals that hyper gives by itself, of heads that are too large or none, and the problem
//! documents that go out in their place.

use std::fmt::Write;

use http::StatusCode;
use hyperpoint_core::Problem;

const BARE_FIELDS: [&str; 3] = ["connection", "content-length", "date"];

/// Whether these bytes are a whole answer of a refusal without a body, as hyper writes one before
/// it closes a connection.
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

/// The bytes of a refusal with its document, and how many of them were written.
#[derive(Debug)]
pub(super) struct Substitute {
    bytes: Vec<u8>,
    written: usize,
}

impl Substitute {
    /// What stands in for this bare refusal.
    pub(super) fn of(answer: &[u8]) -> Option<Self> {
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
        let (parts, document) = problem.into_response().into_parts();
        let mut head = text.lines().next()?.to_owned();
        for line in text.lines().filter(|line| is_kept(line)) {
            write!(head, "\r\n{line}").ok()?;
        }
        for (name, value) in &parts.headers {
            write!(head, "\r\n{name}: {}", value.to_str().ok()?).ok()?;
        }
        write!(head, "\r\ncontent-length: {}\r\n\r\n", document.len()).ok()?;
        let bytes = [head.as_bytes(), &document].concat();
        Some(Self { bytes, written: 0 })
    }

    /// What is left to be written; none at the end.
    pub(super) fn rest(&self) -> Option<&[u8]> {
        self.bytes.get(self.written..).filter(|rest| !rest.is_empty())
    }

    pub(super) fn advance(&mut self, written: usize) {
        self.written += written;
    }
}

fn is_kept(line: &str) -> bool {
    line.starts_with("connection: ") || line.starts_with("date: ")
}

#[cfg(test)]
mod tests {
    use super::*;

    const BARE: &str =
        "HTTP/1.1 400 Bad Request\r\nconnection: close\r\ncontent-length: 0\r\ndate: D\r\n\r\n";

    #[test]
    fn only_a_whole_answer_without_anything_of_an_application_is_bare() {
        let check = |text: &str, expected| assert_eq!(is_bare_refusal(text.as_bytes()), expected);
        check(BARE, true);
        check(&BARE.replace("connection: close\r\n", ""), false);
        check(&BARE.replace("length: 0", "length: 1"), false);
        check(&BARE.replace("date: D", "allow: GET"), false);
        check(BARE.trim_end(), false);
        check(&format!("{BARE}more"), false);
    }

    #[test]
    fn the_substitute_has_its_document_and_its_length() {
        let substitute = Substitute::of(BARE.as_bytes()).unwrap();
        let text = String::from_utf8(substitute.rest().unwrap().to_vec()).unwrap();
        let (head, document) = text.split_once("\r\n\r\n").unwrap();
        assert!(head.starts_with("HTTP/1.1 400 Bad Request\r\nconnection: close\r\ndate: D\r\n"));
        assert!(head.contains(&format!("content-length: {}", document.len())), "{head}");
        assert!(document.contains("the head of the request is malformed"), "{document}");
    }
}
