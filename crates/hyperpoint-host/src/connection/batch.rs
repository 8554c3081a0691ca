//! The frames of an event stream as chunks of HTTP/1.1 (RFC 9112 §7.1).

use std::io::IoSlice;
use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::{Buf, Bytes};
use http_body::Body as HttpBody;
use hyperpoint_core::EventBody;
use smallvec::SmallVec;

type BoxError = <EventBody as HttpBody>::Error;

/// Capacity, in bytes, of the buffer into which frames are copied to be one write. A frame that
/// does not fit is written without a copy.
const SMALL_BYTES: usize = 1024;
/// Maximum length of a chunk-size line: 16 digits and a line end.
const LINE_BYTES: usize = 18;
/// The line end after a chunk size and after the data of a chunk.
const CHUNK_END: &[u8] = b"\r\n";
/// The last chunk.
const LAST_CHUNK: &[u8] = b"0\r\n\r\n";

/// Chunks that are written in one write.
#[derive(Default)]
pub(super) struct Batch {
    /// Whole chunks, then the chunk-size line of `large` if `large` is not empty.
    small: SmallVec<[u8; SMALL_BYTES]>,
    /// The last frame, if it does not fit into `small`; otherwise empty.
    large: Bytes,
}

/// The reason why a batch gathers no more frames.
pub(super) enum Gathered {
    /// No other frame is ready.
    Pending,
    /// The batch is full, or has the maximum number of frames.
    More,
    /// The stream has ended, and the last chunk is in the batch.
    End,
    /// The body has failed.
    Cut(BoxError),
}

impl Batch {
    /// Adds at most `frames` ready frames of the body, and subtracts their number from `frames`.
    #[inline]
    pub(super) fn gather(
        &mut self,
        body: &mut EventBody,
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

    /// Returns whether another chunk with this number of bytes fits into `small`. Returns `false`
    /// if the batch has a frame in `large`, which must be the last.
    fn has_room(&self, bytes: usize) -> bool {
        self.large.is_empty()
            && self.small.len() + LINE_BYTES + bytes + CHUNK_END.len() <= SMALL_BYTES
    }

    /// Adds a frame. Drops an empty frame, because its chunk would end the body.
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

    /// Returns the chunks as one slice, or `None` if the batch has a frame in `large`.
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

    /// Returns the unsent part of the batch after the socket has accepted `written` bytes.
    #[cold]
    pub(super) fn unsent(self, written: usize) -> Unsent {
        let end = Bytes::from_static(self.end());
        let small = Bytes::copy_from_slice(self.small.get(written..).unwrap_or_default());
        let mut unsent = Unsent([small, self.large, end]);
        unsent.advance(written.saturating_sub(self.small.len()));
        unsent
    }
}

/// Returns whether a frame of this length is too large to be copied.
pub(super) fn is_large(len: usize) -> bool {
    len > SMALL_BYTES
}

/// Copies a frame into one contiguous chunk.
pub(super) fn chunk(frame: &Bytes) -> Bytes {
    let mut line = SmallVec::new();
    push_line(&mut line, frame.len());
    Bytes::from([&*line, frame, CHUNK_END].concat())
}

/// Appends the chunk-size line of a chunk of this length.
#[inline]
fn push_line(buffer: &mut SmallVec<[u8; SMALL_BYTES]>, len: usize) {
    let digits = (usize::BITS - len.leading_zeros()).div_ceil(4);
    for digit in (0..digits).rev() {
        let nibble = (len >> (digit * 4)) & 0xF;
        buffer.push(b"0123456789ABCDEF".get(nibble).copied().unwrap_or_default());
    }
    buffer.extend_from_slice(CHUNK_END);
}

/// The bytes of a batch or of a chunk that the socket has not accepted yet.
#[derive(Debug)]
pub(super) struct Unsent([Bytes; 3]);

impl Unsent {
    /// Creates the unsent part from the unsent bytes of a contiguous chunk.
    pub(super) fn rest(chunk: Bytes) -> Self {
        Self([chunk, Bytes::new(), Bytes::new()])
    }

    /// Creates an unsent chunk of a frame, without a copy of the frame.
    pub(super) fn chunk(frame: &Bytes) -> Self {
        let mut line = SmallVec::new();
        push_line(&mut line, frame.len());
        Self([Bytes::copy_from_slice(&line), frame.clone(), Bytes::from_static(CHUNK_END)])
    }

    pub(super) fn slices(&self) -> [IoSlice<'_>; 3] {
        self.0.each_ref().map(|part| IoSlice::new(part))
    }

    /// Removes the first `written` bytes.
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

    /// Returns a batch with these frames, of which only the last may be large.
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
