//! The frames of an event stream as chunks of HTTP/1.1 (RFC 9112 §7.1).

use std::io::IoSlice;
use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::{Buf, Bytes};
use http_body::Body as HttpBody;
use hyperpoint_core::Body;
use smallvec::SmallVec;

type BoxError = <Body as HttpBody>::Error;

/// Frames are copied together up to this size, to be one write. A larger one is written from where it is.
const SMALL_BYTES: usize = 1024;
/// Longest line before a chunk: 16 digits and a line end.
const LINE_BYTES: usize = 18;
/// The end of a chunk.
const CHUNK_END: &[u8] = b"\r\n";
/// The last chunk.
const LAST_CHUNK: &[u8] = b"0\r\n\r\n";

/// Chunks that are written at once.
#[derive(Default)]
pub(super) struct Batch {
    /// Whole chunks, then the chunk-size line of `large` if it is not empty.
    small: SmallVec<[u8; SMALL_BYTES]>,
    /// A frame that is too large to be copied. Empty if there is none.
    large: Bytes,
}

/// Why a batch has no more frames.
pub(super) enum Gathered {
    /// No other frame is ready.
    Pending,
    /// The batch is full.
    More,
    /// The stream has ended, and the last chunk is in the batch.
    End,
    /// The stream is cut.
    Cut(BoxError),
}

impl Batch {
    /// Takes ready frames of a body, at most this many, and subtracts their number.
    #[inline]
    pub(super) fn gather(
        &mut self,
        body: &mut Body,
        frames: &mut usize,
        cx: &mut Context<'_>,
    ) -> Gathered {
        while *frames > 0 && self.has_room(LAST_CHUNK.len()) {
            match Pin::new(&mut *body).poll_frame(cx) {
                Poll::Pending => return Gathered::Pending,
                Poll::Ready(None) => {
                    self.small.extend_from_slice(LAST_CHUNK);
                    return Gathered::End;
                }
                Poll::Ready(Some(Err(error))) => return Gathered::Cut(error),
                Poll::Ready(Some(Ok(frame))) => {
                    *frames -= 1;
                    // An event stream has no trailers.
                    self.push(frame.into_data().unwrap_or_default());
                }
            }
        }
        Gathered::More
    }

    /// Returns whether another line, this many bytes and an end fit into the small buffer.
    fn has_room(&self, bytes: usize) -> bool {
        self.large.is_empty()
            && self.small.len() + LINE_BYTES + bytes + CHUNK_END.len() <= SMALL_BYTES
    }

    /// Adds a frame. An empty one is dropped, because its chunk would be the last one.
    #[inline]
    fn push(&mut self, frame: Bytes) {
        if frame.is_empty() {
            return;
        }
        let fits = self.has_room(frame.len());
        push_line(&mut self.small, frame.len());
        if fits {
            self.small.extend_from_slice(&frame);
            self.small.extend_from_slice(CHUNK_END);
        } else {
            self.large = frame;
        }
    }

    /// Returns the chunks if they are in one piece.
    #[inline]
    pub(super) fn one_piece(&self) -> Option<&[u8]> {
        self.large.is_empty().then_some(&*self.small)
    }

    pub(super) fn slices(&self) -> [IoSlice<'_>; 3] {
        [IoSlice::new(&self.small), IoSlice::new(&self.large), IoSlice::new(self.end())]
    }

    fn end(&self) -> &'static [u8] {
        if self.large.is_empty() { &[] } else { CHUNK_END }
    }

    #[inline]
    pub(super) fn len(&self) -> usize {
        self.small.len() + self.large.len() + self.end().len()
    }

    /// Returns what is left when the socket has accepted this many bytes.
    #[cold]
    pub(super) fn unsent(self, written: usize) -> Unsent {
        let end = Bytes::from_static(self.end());
        let small = Bytes::copy_from_slice(self.small.get(written..).unwrap_or_default());
        let mut unsent = Unsent([small, self.large, end]);
        unsent.advance(written.saturating_sub(self.small.len()));
        unsent
    }
}

/// Returns whether a frame of this length is written from where it is.
pub(super) fn is_large(len: usize) -> bool {
    len > SMALL_BYTES
}

/// Returns a frame as a chunk in one piece.
pub(super) fn chunk(frame: &Bytes) -> Bytes {
    let mut line = SmallVec::new();
    push_line(&mut line, frame.len());
    Bytes::from([&*line, frame, CHUNK_END].concat())
}

/// Appends the line before a chunk of this length.
#[inline]
fn push_line(buffer: &mut SmallVec<[u8; SMALL_BYTES]>, len: usize) {
    let digits = (usize::BITS - len.leading_zeros()).div_ceil(4);
    for digit in (0..digits).rev() {
        let nibble = (len >> (digit * 4)) & 0xF;
        buffer.push(b"0123456789ABCDEF".get(nibble).copied().unwrap_or_default());
    }
    buffer.extend_from_slice(CHUNK_END);
}

/// What the socket has not accepted of a batch.
#[derive(Debug)]
pub(super) struct Unsent([Bytes; 3]);

impl Unsent {
    /// Creates what is left of a chunk in one piece.
    pub(super) fn rest(chunk: Bytes) -> Self {
        Self([chunk, Bytes::new(), Bytes::new()])
    }

    /// Creates the chunk of a frame, which is not copied.
    pub(super) fn chunk(frame: &Bytes) -> Self {
        let mut line = SmallVec::new();
        push_line(&mut line, frame.len());
        Self([Bytes::copy_from_slice(&line), frame.clone(), Bytes::from_static(CHUNK_END)])
    }

    pub(super) fn slices(&self) -> [IoSlice<'_>; 3] {
        self.0.each_ref().map(|part| IoSlice::new(part))
    }

    /// Drops this many bytes, because they were written.
    pub(super) fn advance(&mut self, mut written: usize) {
        for part in &mut self.0 {
            let taken = written.min(part.len());
            part.advance(taken);
            written -= taken;
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.iter().all(Bytes::is_empty)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Returns the chunks of these frames, one of which may be large.
    fn batch(frames: &[&[u8]]) -> Batch {
        let mut batch = Batch::default();
        for frame in frames {
            batch.push(Bytes::copy_from_slice(frame));
        }
        batch
    }

    fn joined(slices: &[IoSlice<'_>]) -> Vec<u8> {
        slices.iter().flat_map(|slice| slice.to_vec()).collect()
    }

    #[test]
    fn a_chunk_has_its_length_in_hexadecimal_digits() {
        for (len, line) in [(1, "1"), (15, "F"), (16, "10"), (255, "FF"), (4096, "1000")] {
            let chunk = joined(&batch(&[&vec![b'x'; len]]).slices());
            assert_eq!(chunk, format!("{line}\r\n{}\r\n", "x".repeat(len)).as_bytes());
        }
    }

    #[test]
    fn frames_are_copied_up_to_a_limit_and_then_written_from_where_they_are() {
        let fitting = vec![b'y'; SMALL_BYTES - LINE_BYTES - CHUNK_END.len()];
        assert!(batch(&[b"a", b"b"]).one_piece().is_some());
        assert!(batch(&[&fitting]).one_piece().is_some());
        let both = batch(&[b"a", &fitting]);
        assert!(both.one_piece().is_none() && !both.has_room(0));
        assert!(!both.small.spilled());
        assert_eq!(batch(&[b""]).len(), 0);
    }

    #[test]
    fn what_is_unsent_after_any_number_of_bytes_is_the_rest() {
        for frames in [&[&b"abc"[..], b"de"][..], &[b"a", &[b'z'; 2000]]] {
            let all = joined(&batch(frames).slices());
            assert_eq!(all.len(), batch(frames).len());
            for written in 0..=all.len() {
                let mut unsent = batch(frames).unsent(written);
                assert_eq!(joined(&unsent.slices()), all[written..]);
                assert_eq!(unsent.is_empty(), written == all.len());
                unsent.advance(1);
                assert_eq!(joined(&unsent.slices()), all[all.len().min(written + 1)..]);
            }
        }
    }
}
