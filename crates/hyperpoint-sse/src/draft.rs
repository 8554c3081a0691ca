//! Owns the bytes of one event until it is finished: its size is bounded, and dropping it leaves no
//! trace, be it for an error or for a panic in a user's `Serialize`. It must not know any field.

use std::io;

use bytes::BytesMut;

use crate::invalid_data::InvalidData;

/// The end of a buffer, taken back on drop unless finished.
pub(crate) struct Draft<'a> {
    buffer: &'a mut BytesMut,
    start: usize,
    max_bytes: usize,
}

impl<'a> Draft<'a> {
    pub(crate) fn new(buffer: &'a mut BytesMut, max_bytes: usize) -> Self {
        Self { start: buffer.len(), buffer, max_bytes }
    }

    #[inline]
    pub(crate) fn put(&mut self, bytes: &[u8]) -> Result<(), InvalidData> {
        if bytes.len() > self.max_bytes.saturating_sub(self.len()) {
            return Err(self.too_large());
        }
        self.buffer.extend_from_slice(bytes);
        Ok(())
    }

    #[inline]
    pub(crate) fn len(&self) -> usize {
        self.buffer.len() - self.start
    }

    pub(crate) fn since(&self, len: usize) -> &[u8] {
        self.buffer.get(self.start + len..).unwrap_or_default()
    }

    pub(crate) fn truncate(&mut self, len: usize) {
        self.buffer.truncate(self.start + len);
    }

    #[cold]
    pub(crate) fn too_large(&self) -> InvalidData {
        InvalidData::too_large(self.max_bytes)
    }

    pub(crate) fn finish(mut self) {
        self.start = self.buffer.len();
    }
}

impl Drop for Draft<'_> {
    fn drop(&mut self) {
        self.buffer.truncate(self.start);
    }
}

impl io::Write for Draft<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.write_all(bytes).map(|()| bytes.len())
    }

    // Inlined, since JSON is written a few bytes at a time by code of another crate.
    #[inline]
    fn write_all(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.put(bytes).map_err(io::Error::other)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use bytes::BytesMut;

    use super::Draft;

    #[test]
    fn dropped_it_leaves_no_trace() {
        let mut buffer = BytesMut::from("before");
        Draft::new(&mut buffer, 10).put(b"gone").unwrap();
        assert_eq!(buffer, "before");
    }

    #[test]
    fn finished_it_stays() {
        let mut buffer = BytesMut::from("before ");
        let mut draft = Draft::new(&mut buffer, 4);
        draft.put(b"here").unwrap();
        draft.finish();
        assert_eq!(buffer, "before here");
    }

    #[test]
    fn its_own_bytes_are_bounded() {
        let mut buffer = BytesMut::from("before");
        let mut draft = Draft::new(&mut buffer, 4);
        draft.put(b"1234").unwrap();
        assert!(draft.put(b"5").unwrap_err().is_too_large());
        draft.truncate(2);
        assert_eq!((draft.len(), draft.since(1)), (2, &b"2"[..]));
    }
}
