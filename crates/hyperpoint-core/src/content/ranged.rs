//! Responses to range requests.

use std::fs::File;
use std::ops::Range;

use bytes::Bytes;
use http::header::{
    ACCEPT_RANGES, CONTENT_ENCODING, CONTENT_RANGE, CONTENT_TYPE, HeaderMap, HeaderValue,
};
use http::{Response, StatusCode, request};

use super::open_file::OpenFile;
use super::preconditions::range;
use super::ranges::{RangeRequest, parse_range};
use super::segments::{Segment, Segments};
use super::whole_content::WholeContent;
use crate::exchange::{BoxedBody, boxed_body};
use crate::problem::Problem;

/// Content that can be sent as a whole or as one or more byte ranges.
#[derive(Debug)]
pub(crate) enum Ranged {
    Bytes(Bytes),
    File(OpenFile),
}

/// Builds the response with the content that the request's `Range` selects (RFC 9110 §14): a 200
/// with the whole content, or a 206 with one or more byte ranges. `headers` are the other headers
/// of the response, and `kind` is its content type.
///
/// # Errors
///
/// A 416 if no requested range is within the content.
pub(crate) fn ranged(
    request: &request::Parts,
    mut headers: HeaderMap,
    kind: &HeaderValue,
    content: Ranged,
) -> Result<Response<BoxedBody>, Problem> {
    let length = content.length();
    let requested = range(request, &headers).map(|range| parse_range(range.as_bytes(), length));
    let bytes = HeaderValue::from_static("bytes");
    headers.insert(ACCEPT_RANGES, bytes.clone());
    headers.insert(CONTENT_TYPE, kind.clone());
    let (status, body) = match requested.unwrap_or(RangeRequest::Whole) {
        RangeRequest::Whole => (StatusCode::OK, content.whole()),
        RangeRequest::Unsatisfiable => {
            let problem = Problem::new(StatusCode::RANGE_NOT_SATISFIABLE);
            let length = HeaderValue::try_from(format!("bytes */{length}"))?;
            return Err(problem.header(CONTENT_RANGE, length).header(ACCEPT_RANGES, bytes));
        }
        RangeRequest::Parts(parts) => {
            let body = match parts.as_slice() {
                [part] => {
                    headers
                        .insert(CONTENT_RANGE, HeaderValue::try_from(content_range(part, length))?);
                    content.part(part)
                }
                parts => {
                    // A boundary of 128 random bits practically never occurs in the content.
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

/// Returns the value of `Content-Range` for a byte range of content with this total length, in
/// bytes.
fn content_range(part: &Range<u64>, length: u64) -> String {
    format!("bytes {}-{}/{length}", part.start, part.end - 1)
}

impl Ranged {
    /// Returns the length of the whole content, in bytes.
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

    /// Builds a `multipart/byteranges` body with these ranges of the content (RFC 9110 §14.6).
    fn parts(self, parts: &[Range<u64>], boundary: &str, kind: &HeaderValue) -> BoxedBody {
        let length = self.length();
        let mut segments = Vec::with_capacity(2 * parts.len() + 1);
        for (at, part) in parts.iter().enumerate() {
            let end = if at == 0 { "" } else { "\r\n" };
            let range = content_range(part, length);
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
