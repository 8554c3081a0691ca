//! The error with which the body of a cut event stream ends.

use std::error::Error;
use std::fmt;

use super::report::StreamEnd;

/// The error of the body of an incomplete stream of the kind
/// [`AsWritten`](super::StreamKind::AsWritten): the stream failed, events of a topic are missing,
/// or the framework ended the stream before its code had finished. The stream of a topic is not cut
/// when the framework ends it, unless the identity of the request has expired.
///
/// A server then closes the connection without the last chunk on HTTP/1.1, and resets the stream on
/// HTTP/2, so that the client reports the error.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StreamCut {
    /// The reason why the stream ended.
    pub end: StreamEnd,
}

impl fmt::Display for StreamCut {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the event stream was cut ({})", self.end.as_str())
    }
}

impl Error for StreamCut {}
