//! The whole of a content, or the parts of it that a client asks for.

use std::fs::File;
use std::ops::Range;

use bytes::Bytes;
use http::header::{
    ACCEPT_RANGES, CONTENT_ENCODING, CONTENT_RANGE, CONTENT_TYPE, HeaderMap, HeaderValue,
};
use http::{Response, StatusCode, request};

use super::open_file::OpenFile;
use super::preconditions::range;
use super::ranges::{Asked, asked};
use super::segments::{Segment, Segments};
use super::whole_content::WholeContent;
use crate::exchange::{BoxedBody, boxed_body};
use crate::problem::Problem;

/// A content that is sent in whole or in part.
#[derive(Debug)]
pub(crate) enum Ranged {
    Bytes(Bytes),
    File(OpenFile),
}

/// The content as the request's `Range` asks for it (RFC 9110 §14): 200 with all of it, or 206.
///
/// # Errors
///
/// A 416 for a range behind its end.
pub(crate) fn ranged(
    request: &request::Parts,
    mut headers: HeaderMap,
    kind: &HeaderValue,
    content: Ranged,
) -> Result<Response<BoxedBody>, Problem> {
    let length = content.length();
    let asked = range(request, &headers).map(|range| asked(range.as_bytes(), length));
    let bytes = HeaderValue::from_static("bytes");
    headers.insert(ACCEPT_RANGES, bytes.clone());
    headers.insert(CONTENT_TYPE, kind.clone());
    let (status, body) = match asked.unwrap_or(Asked::Whole) {
        Asked::Whole => (StatusCode::OK, content.whole()),
        Asked::Nothing => {
            let problem = Problem::new(StatusCode::RANGE_NOT_SATISFIABLE);
            let length = HeaderValue::try_from(format!("bytes */{length}"))?;
            return Err(problem.header(CONTENT_RANGE, length).header(ACCEPT_RANGES, bytes));
        }
        Asked::Parts(parts) => {
            let body = match parts.as_slice() {
                [part] => {
                    headers.insert(CONTENT_RANGE, HeaderValue::try_from(told(part, length))?);
                    content.part(part)
                }
                parts => {
                    // 128 random bits are in no content by accident.
                    let boundary = format!("{:032x}", fastrand::u128(..));
                    let multipart = format!("multipart/byteranges; boundary={boundary}");
                    headers.insert(CONTENT_TYPE, HeaderValue::try_from(multipart)?);
                    content.parts(parts, &boundary, kind)
                }
            };
            (StatusCode::PARTIAL_CONTENT, body)
        }
    };
    let mut response = Response::new(body);
    if status == StatusCode::PARTIAL_CONTENT {
        let (content_type, is_encoded) =
            (Some(kind.clone()), headers.contains_key(CONTENT_ENCODING));
        response.extensions_mut().insert(WholeContent { content_type, is_encoded, length });
    }
    *response.status_mut() = status;
    *response.headers_mut() = headers;
    Ok(response)
}

/// A part as `Content-Range` tells it.
fn told(part: &Range<u64>, length: u64) -> String {
    format!("bytes {}-{}/{length}", part.start, part.end - 1)
}

impl Ranged {
    /// The length, in bytes.
    pub(crate) fn length(&self) -> u64 {
        match self {
            Self::Bytes(bytes) => bytes.len() as u64,
            Self::File(file) => file.length,
        }
    }

    fn whole(self) -> BoxedBody {
        let length = self.length();
        self.part(&(0..length))
    }

    fn part(self, part: &Range<u64>) -> BoxedBody {
        let segment = self.segment(part);
        boxed_body(Segments::new(self.file(), [segment]))
    }

    /// Parts between boundaries (RFC 9110 §14.6).
    fn parts(self, parts: &[Range<u64>], boundary: &str, kind: &HeaderValue) -> BoxedBody {
        let length = self.length();
        let mut segments = Vec::with_capacity(2 * parts.len() + 1);
        for (at, part) in parts.iter().enumerate() {
            let end = if at == 0 { "" } else { "\r\n" };
            let range = told(part, length);
            let mut head = format!("{end}--{boundary}\r\ncontent-type: ").into_bytes();
            head.extend_from_slice(kind.as_bytes());
            head.extend_from_slice(format!("\r\ncontent-range: {range}\r\n\r\n").as_bytes());
            segments.extend([Segment::Bytes(head.into()), self.segment(part)]);
        }
        segments.push(Segment::Bytes(format!("\r\n--{boundary}--\r\n").into()));
        boxed_body(Segments::new(self.file(), segments))
    }

    fn segment(&self, part: &Range<u64>) -> Segment {
        match self {
            Self::File(_) => Segment::File(part.clone()),
            Self::Bytes(bytes) => {
                let at = |byte: u64| usize::try_from(byte).unwrap_or(usize::MAX).min(bytes.len());
                Segment::Bytes(bytes.slice(at(part.start)..at(part.end)))
            }
        }
    }

    fn file(self) -> Option<File> {
        match self {
            Self::Bytes(_) => None,
            Self::File(OpenFile { file, .. }) => Some(file),
        }
    }
}
