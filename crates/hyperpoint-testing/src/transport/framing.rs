//! The framing of an HTTP/1.1 response body (RFC 9112 §6.3, §7.1).

use bytes::{Buf, Bytes, BytesMut};
use http::header::{CONTENT_LENGTH, TRANSFER_ENCODING};
use http::{HeaderMap, StatusCode};

use crate::read_error::BoxError;

/// The framing of a body, and the position of the parser in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Framing {
    /// The body ends with the connection.
    UntilClose,
    /// The number of body bytes that remain.
    Length(u64),
    /// The line with the size of a chunk is next.
    ChunkSize,
    /// The number of bytes that remain of the current chunk.
    InChunk(u64),
    /// The line break after a chunk is next.
    ChunkEnd,
    /// The blank line after the last chunk is next.
    BodyEnd,
}

/// The result of taking body data from the bytes read so far.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Taken {
    Data(Bytes),
    /// More bytes must be read first.
    Nothing,
    /// The body is complete.
    End,
}

impl Framing {
    /// Returns the framing of the response with this head. The request must not be HEAD.
    pub(super) fn of(status: StatusCode, headers: &HeaderMap) -> Result<Self, BoxError> {
        if status == StatusCode::NO_CONTENT || status == StatusCode::NOT_MODIFIED {
            return Ok(Self::Length(0));
        }
        if headers.contains_key(TRANSFER_ENCODING) {
            return Ok(Self::ChunkSize);
        }
        match headers.get(CONTENT_LENGTH) {
            Some(length) => Ok(Self::Length(length.to_str()?.parse()?)),
            None => Ok(Self::UntilClose),
        }
    }

    /// Removes the framing and the next body data at the start of `unread`, and returns the data.
    pub(super) fn take(&mut self, unread: &mut BytesMut) -> Result<Taken, BoxError> {
        loop {
            match *self {
                Self::Length(0) => return Ok(Taken::End),
                _ if unread.is_empty() => return Ok(Taken::Nothing),
                Self::UntilClose => return Ok(Taken::Data(unread.split().freeze())),
                Self::Length(left) => {
                    let data = up_to(unread, left);
                    *self = Self::Length(left - data.len() as u64);
                    return Ok(Taken::Data(data));
                }
                Self::InChunk(0) => *self = Self::ChunkEnd,
                Self::InChunk(left) => {
                    let data = up_to(unread, left);
                    *self = Self::InChunk(left - data.len() as u64);
                    return Ok(Taken::Data(data));
                }
                Self::ChunkSize | Self::ChunkEnd | Self::BodyEnd => match self.line(unread)? {
                    Some(next) => *self = next,
                    None => return Ok(Taken::Nothing),
                },
            }
        }
    }

    /// Removes a line between chunks from `unread` and returns the state after it, or `None` if the
    /// line is incomplete.
    fn line(self, unread: &mut BytesMut) -> Result<Option<Self>, BoxError> {
        if self == Self::ChunkSize {
            let httparse::Status::Complete((taken, size)) =
                httparse::parse_chunk_size(unread).map_err(|_invalid| "invalid chunk size")?
            else {
                return Ok(None);
            };
            unread.advance(taken);
            return Ok(Some(if size == 0 { Self::BodyEnd } else { Self::InChunk(size) }));
        }
        if unread.len() < 2 {
            return Ok(None);
        }
        if unread.split_to(2) != b"\r\n"[..] {
            return Err("a chunk is not followed by CRLF".into());
        }
        Ok(Some(if self == Self::BodyEnd { Self::Length(0) } else { Self::ChunkSize }))
    }
}

/// Removes up to `left` bytes and returns them.
fn up_to(unread: &mut BytesMut, left: u64) -> Bytes {
    let there = usize::try_from(left).map_or(unread.len(), |left| left.min(unread.len()));
    unread.split_to(there).freeze()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Parses a chunked body that arrives byte by byte.
    fn check(body: &str, expected: Result<&str, &str>) {
        let (mut framing, mut unread, mut read) = (Framing::ChunkSize, BytesMut::new(), Vec::new());
        let mut bytes = body.bytes();
        let result = loop {
            match framing.take(&mut unread) {
                Ok(Taken::Data(data)) => read.extend_from_slice(&data),
                Ok(Taken::End) => break Ok(String::from_utf8(read).unwrap()),
                Err(error) => break Err(error.to_string()),
                Ok(Taken::Nothing) => unread.extend(bytes.next()),
            }
        };
        assert_eq!(result.as_deref().map_err(String::as_str), expected);
    }

    #[test]
    fn a_chunked_body_is_decoded() {
        check("3\r\nabc\r\n1;x=y\r\nd\r\n0\r\n\r\n", Ok("abcd"));
        check("0\r\n\r\n", Ok(""));
    }

    #[test]
    fn an_invalid_chunk_is_an_error() {
        check("3\r\nabcd\r\n", Err("a chunk is not followed by CRLF"));
        check("g\r\n", Err("invalid chunk size"));
    }
}
