//! Checks that the bytes that hyper writes are exactly one head of an event stream.

use std::io::IoSlice;

use super::head_progress::Head;

/// The written bytes of a response, from the first byte to the flush that is expected to follow its
/// head.
///
/// hyper guarantees nothing about its state in the middle of a response. A stream is therefore sent
/// without hyper only if the bytes that the socket has accepted are exactly one complete head,
/// which announces chunked coding.
#[derive(Debug, Default)]
pub(super) struct HeadWatch(Vec<u8>);

/// Maximum size of a recorded head. hyper itself sends a stream with a longer head.
const LONGEST_HEAD_BYTES: usize = 64 * 1024;

impl HeadWatch {
    /// Adds the first `written` bytes of these buffers.
    pub(super) fn add(&mut self, bufs: &[IoSlice<'_>], mut written: usize) {
        for buf in bufs {
            let taken = written.min(buf.len());
            if self.0.len() <= LONGEST_HEAD_BYTES {
                self.0.extend_from_slice(buf.get(..taken).unwrap_or_default());
            }
            written -= taken;
        }
    }

    /// Returns [`Head::Sent`] if the flushed bytes are exactly one head of an event stream,
    /// [`Head::SentLast`] if the connection also ends after the stream, and otherwise
    /// [`Head::Unexpected`].
    pub(super) fn judge(&self) -> Head {
        match parse(&self.0) {
            Some(true) => Head::SentLast,
            Some(false) => Head::Sent,
            None => Head::Unexpected,
        }
    }
}

/// Returns whether the connection ends after the response with this head, or `None` if the bytes
/// are not exactly one head of a chunked response with the status 200.
fn parse(bytes: &[u8]) -> Option<bool> {
    if bytes.len() > LONGEST_HEAD_BYTES {
        return None;
    }
    let head = std::str::from_utf8(bytes).ok()?;
    let fields = head.strip_prefix("HTTP/1.1 200 ")?.strip_suffix("\r\n\r\n")?;
    let (mut is_chunked, mut is_last) = (false, false);
    for field in fields.split("\r\n").skip(1) {
        // A line without a colon is malformed, or is an empty line that ends the head too early.
        let (name, value) = field.split_once(':')?;
        if name.eq_ignore_ascii_case("transfer-encoding") {
            // A second field would add another coding to `chunked`.
            is_chunked = !is_chunked && value.trim().eq_ignore_ascii_case("chunked");
            if !is_chunked {
                return None;
            }
        } else if name.eq_ignore_ascii_case("connection") {
            let mut words = value.split(',').map(str::trim);
            is_last |= words.any(|word| word.eq_ignore_ascii_case("close"));
        } else if name.eq_ignore_ascii_case("content-length") {
            return None;
        }
    }
    is_chunked.then_some(is_last)
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEAD: &str = "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n\
        transfer-encoding: chunked\r\ndate: -\r\n\r\n";

    #[track_caller]
    fn check(bytes: &str, expected: Head) {
        let mut watch = HeadWatch::default();
        // The writes may be split at any byte.
        for piece in bytes.as_bytes().chunks(7) {
            watch.add(&[IoSlice::new(piece), IoSlice::new(b"not written")], piece.len());
        }
        assert_eq!(watch.judge(), expected, "{bytes:?}");
    }

    #[test]
    fn one_whole_head_of_a_chunked_response_is_as_expected() {
        check(HEAD, Head::Sent);
        check(&HEAD.replace("date: -", "Connection: x, Close"), Head::SentLast);
        check(&HEAD.replace("transfer-encoding", "Transfer-Encoding"), Head::Sent);
    }

    #[test]
    fn anything_but_one_whole_head_is_unexpected() {
        check("", Head::Unexpected);
        check(HEAD.strip_suffix("\n").unwrap(), Head::Unexpected);
        check(&format!("{HEAD}1\r\nx\r\n"), Head::Unexpected);
        check(&format!("{HEAD}{HEAD}"), Head::Unexpected);
        check(&format!("x\r\n{HEAD}"), Head::Unexpected);
        check(&format!("HTTP/1.1 100 Continue\r\n\r\n{HEAD}"), Head::Unexpected);
        check(&HEAD.replace("200 OK", "201 Created"), Head::Unexpected);
        check(&HEAD.replace("HTTP/1.1", "HTTP/1.0"), Head::Unexpected);
        check(&HEAD.replace("transfer-encoding: chunked\r\n", ""), Head::Unexpected);
        check(&HEAD.replace("chunked", "gzip, chunked"), Head::Unexpected);
        check(&HEAD.replace("date: -", "transfer-encoding: chunked"), Head::Unexpected);
        check(&HEAD.replace("date: -", "content-length: 5"), Head::Unexpected);
        check(&HEAD.replace("date: -", "no colon"), Head::Unexpected);
        check(&HEAD.replace('-', &"-".repeat(LONGEST_HEAD_BYTES)), Head::Unexpected);
    }
}
