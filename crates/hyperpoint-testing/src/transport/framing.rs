//! Where the body of an HTTP/1.1 answer ends (RFC 9112 §6.3, §7.1).

use bytes::{Buf, Bytes, BytesMut};
use http::header::{CONTENT_LENGTH, TRANSFER_ENCODING};
use http::{HeaderMap, StatusCode};

use crate::read_error::BoxError;

/// How the body is delimited, and how far it was read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Framing {
    /// The body ends with the connection.
    UntilClose,
    /// This many bytes are left.
    Length(u64),
    /// The line with the size of a chunk is next.
    ChunkSize,
    /// This many bytes of a chunk are left.
    InChunk(u64),
    /// The line break behind a chunk is next.
    ChunkEnd,
    /// The blank line behind the last chunk is next.
    BodyEnd,
}

/// What the bytes hold.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Taken {
    Data(Bytes),
    /// More has to be read first.
    Nothing,
    End,
}

impl Framing {
    /// The framing that the head of an answer to another request than HEAD tells.
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

    /// Takes what is there of the body.
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

    /// What follows a line between chunks; nothing while it is not whole.
    fn line(self, unread: &mut BytesMut) -> Result<Option<Self>, BoxError> {
        if self == Self::ChunkSize {
            let httparse::Status::Complete((taken, size)) = httparse::parse_chunk_size(unread)
                .map_err(|_invalid| "a chunk without its size")?
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
            return Err("a chunk that does not end where it said".into());
        }
        Ok(Some(if self == Self::BodyEnd { Self::Length(0) } else { Self::ChunkSize }))
    }
}

fn up_to(unread: &mut BytesMut, left: u64) -> Bytes {
    let there = usize::try_from(left).map_or(unread.len(), |left| left.min(unread.len()));
    unread.split_to(there).freeze()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Reads a chunked body given byte by byte.
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
    fn chunks_are_put_together() {
        check("3\r\nabc\r\n1;x=y\r\nd\r\n0\r\n\r\n", Ok("abcd"));
        check("0\r\n\r\n", Ok(""));
    }

    #[test]
    fn a_bad_chunk_is_told() {
        check("3\r\nabcd\r\n", Err("a chunk that does not end where it said"));
        check("g\r\n", Err("a chunk without its size"));
    }
}
