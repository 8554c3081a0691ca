//! A body of parts: of a file that is read as the socket takes it, and of bytes between them.

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

/// What is read of a file at once, in bytes: all that a download holds in memory.
const READ_BYTES: u64 = 64 * 1024;

/// One part of a body.
#[derive(Clone, Debug)]
pub(super) enum Segment {
    Bytes(Bytes),
    /// These bytes of the file.
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

/// A body of parts. The file is read on a thread that may block, a piece each time the socket has
/// room, and is closed when the body is dropped.
#[derive(Debug)]
pub(super) struct Segments {
    file: Reader,
    parts: VecDeque<Segment>,
    left: u64,
}

#[derive(Debug)]
enum Reader {
    Closed,
    Idle(File),
    Reading(JoinHandle<(File, io::Result<Vec<u8>>)>),
}

impl Segments {
    /// These parts, of this file where there is one.
    pub(super) fn new(file: Option<File>, parts: impl IntoIterator<Item = Segment>) -> Self {
        let parts = parts.into_iter().filter(|part| part.length() > 0);
        let parts: VecDeque<_> = parts.collect();
        let left = parts.iter().map(Segment::length).sum();
        Self { file: file.map_or(Reader::Closed, Reader::Idle), parts, left }
    }

    /// The next piece of the file.
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
            Poll::Ready(Ok((file, piece))) => {
                self.file = Reader::Idle(file);
                Poll::Ready(piece.map(Bytes::from))
            }
        }
    }

    /// The next piece of the body.
    fn poll_piece(&mut self, cx: &mut Context<'_>) -> Poll<Option<io::Result<Bytes>>> {
        let wanted = match self.parts.front_mut() {
            None => return Poll::Ready(None),
            Some(Segment::Bytes(bytes)) => {
                let bytes = std::mem::take(bytes);
                self.parts.pop_front();
                return Poll::Ready(Some(Ok(bytes)));
            }
            Some(Segment::File(range)) => range.clone(),
        };
        let piece = ready!(self.poll_read(cx, &wanted))?;
        let start = wanted.start + piece.len() as u64;
        match self.parts.front_mut() {
            Some(Segment::File(range)) if start < range.end => range.start = start,
            _ => drop(self.parts.pop_front()),
        }
        Poll::Ready(Some(Ok(piece)))
    }
}

/// The beginning of what is wanted. Blocks.
fn read(mut file: File, wanted: &Range<u64>) -> (File, io::Result<Vec<u8>>) {
    let length = (wanted.end - wanted.start).min(READ_BYTES);
    let piece = file.seek(SeekFrom::Start(wanted.start)).and_then(|_| {
        let mut piece = Vec::with_capacity(usize::try_from(length).unwrap_or_default());
        Read::by_ref(&mut file).take(length).read_to_end(&mut piece)?;
        // The head has told a length already, so the answer is cut: a client must not take it for
        // the whole.
        let ended = || io::Error::new(io::ErrorKind::UnexpectedEof, "the file became shorter");
        if piece.is_empty() { Err(ended()) } else { Ok(piece) }
    });
    (file, piece)
}

impl http_body::Body for Segments {
    type Data = Bytes;
    type Error = BoxError;

    fn poll_frame(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BoxError>>> {
        let this = self.get_mut();
        let piece = ready!(this.poll_piece(cx));
        Poll::Ready(piece.map(|piece| match piece {
            Ok(bytes) => {
                this.left -= bytes.len() as u64;
                Ok(Frame::data(bytes))
            }
            Err(error) => {
                tracing::error!(%error, "failed to read a file that is sent");
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
        // A read that has not begun need not begin. One that has ends, and closes the file.
        if let Reader::Reading(reading) = &self.file {
            reading.abort();
        }
    }
}
