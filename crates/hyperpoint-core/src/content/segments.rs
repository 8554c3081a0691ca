//! Response bodies composed of byte ranges of a file and of bytes in memory.

use std::collections::VecDeque;
use std::error::Error;
use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::ops::Range;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use http_body::{Frame, SizeHint};
use tokio::task::JoinHandle;

type BoxError = Box<dyn Error + Send + Sync>;

/// Maximum number of bytes per read of a file, and therefore in memory per download.
const READ_BYTES: u64 = 64 * 1024;

/// One part of a body: bytes in memory, or a range of the file.
#[derive(Clone, Debug)]
pub(super) enum Segment {
    Bytes(Bytes),
    /// A range of the file, in bytes.
    File(Range<u64>),
}

impl Segment {
    fn length(&self) -> u64 {
        match self {
            Self::Bytes(bytes) => bytes.len() as u64,
            Self::File(range) => range.end - range.start,
        }
    }
}

/// A body composed of segments. The file is read on a blocking thread, one chunk each time the body
/// is polled for a frame, and is closed when the body is dropped.
#[derive(Debug)]
pub(super) struct Segments {
    file: Reader,
    parts: VecDeque<Segment>,
    /// The number of remaining bytes.
    left: u64,
}

/// The state of the file: idle, being read on a blocking thread, or closed. It is closed if there
/// is no file, or after a read has panicked or was cancelled.
#[derive(Debug)]
enum Reader {
    Closed,
    Idle(File),
    Reading(JoinHandle<(File, io::Result<Vec<u8>>)>),
}

impl Segments {
    /// Creates a body of these segments. `file` must be `Some` if a segment is a range of the file.
    pub(super) fn new(file: Option<File>, parts: impl IntoIterator<Item = Segment>) -> Self {
        let parts = parts.into_iter().filter(|part| part.length() > 0);
        let parts: VecDeque<_> = parts.collect();
        let left = parts.iter().map(Segment::length).sum();
        Self { file: file.map_or(Reader::Closed, Reader::Idle), parts, left }
    }

    /// Reads the next chunk of the file, at the start of this range.
    fn poll_read(&mut self, cx: &mut Context<'_>, wanted: &Range<u64>) -> Poll<io::Result<Bytes>> {
        let mut reading = match std::mem::replace(&mut self.file, Reader::Closed) {
            Reader::Closed => return Poll::Ready(Err(io::Error::other("the file was closed"))),
            Reader::Reading(reading) => reading,
            Reader::Idle(file) => {
                let wanted = wanted.clone();
                tokio::task::spawn_blocking(move || read(file, &wanted))
            }
        };
        match Pin::new(&mut reading).poll(cx) {
            Poll::Pending => {
                self.file = Reader::Reading(reading);
                Poll::Pending
            }
            Poll::Ready(Err(error)) => Poll::Ready(Err(error.into())),
            Poll::Ready(Ok((file, chunk))) => {
                self.file = Reader::Idle(file);
                Poll::Ready(chunk.map(Bytes::from))
            }
        }
    }

    /// Returns the next chunk of the body, or `None` at the end.
    fn poll_chunk(&mut self, cx: &mut Context<'_>) -> Poll<Option<io::Result<Bytes>>> {
        let wanted = match self.parts.front_mut() {
            None => return Poll::Ready(None),
            Some(Segment::Bytes(bytes)) => {
                let bytes = std::mem::take(bytes);
                self.parts.pop_front();
                return Poll::Ready(Some(Ok(bytes)));
            }
            Some(Segment::File(range)) => range.clone(),
        };
        let chunk = ready!(self.poll_read(cx, &wanted))?;
        let start = wanted.start + chunk.len() as u64;
        match self.parts.front_mut() {
            Some(Segment::File(range)) if start < range.end => range.start = start,
            _ => drop(self.parts.pop_front()),
        }
        Poll::Ready(Some(Ok(chunk)))
    }
}

/// Reads up to `READ_BYTES` from the start of the range, and returns the file with the chunk.
/// Blocks.
fn read(mut file: File, wanted: &Range<u64>) -> (File, io::Result<Vec<u8>>) {
    let length = (wanted.end - wanted.start).min(READ_BYTES);
    let chunk = file.seek(SeekFrom::Start(wanted.start)).and_then(|_| {
        let mut chunk = Vec::with_capacity(usize::try_from(length).unwrap_or_default());
        Read::by_ref(&mut file).take(length).read_to_end(&mut chunk)?;
        // The response head has already declared the length. An error aborts the response, so that
        // the client detects that it is incomplete.
        let ended = || {
            io::Error::new(io::ErrorKind::UnexpectedEof, "the file was truncated while it was sent")
        };
        if chunk.is_empty() { Err(ended()) } else { Ok(chunk) }
    });
    (file, chunk)
}

impl http_body::Body for Segments {
    type Data = Bytes;
    type Error = BoxError;

    fn poll_frame(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BoxError>>> {
        let this = self.get_mut();
        let chunk = ready!(this.poll_chunk(cx));
        Poll::Ready(chunk.map(|chunk| match chunk {
            Ok(bytes) => {
                this.left -= bytes.len() as u64;
                Ok(Frame::data(bytes))
            }
            Err(error) => {
                tracing::error!(%error, "failed to read a file while sending it");
                this.parts.clear();
                Err(error.into())
            }
        }))
    }

    fn is_end_stream(&self) -> bool {
        self.parts.is_empty()
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.left)
    }
}

impl Drop for Segments {
    fn drop(&mut self) {
        // Cancels a read that has not started. A running read finishes, and closes the file.
        if let Reader::Reading(reading) = &self.file {
            reading.abort();
        }
    }
}
