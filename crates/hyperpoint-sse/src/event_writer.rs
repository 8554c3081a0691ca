//! A writer for one event, which enforces the size limit and removes the bytes of an incomplete
//! event, for instance after a panic in a user's `Serialize`. Independent of the fields of events.

use std::io;

use bytes::BytesMut;

use crate::invalid_data::InvalidData;

/// Appends one event to a buffer, and removes its bytes on drop unless [`finish`](Self::finish) is
/// called.
pub(crate) struct EventWriter<'a> {
    buffer: &'a mut BytesMut,
    start: usize,
    max_bytes: usize,
}

impl<'a> EventWriter<'a> {
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

impl Drop for EventWriter<'_> {
    fn drop(&mut self) {
        self.buffer.truncate(self.start);
    }
}

impl io::Write for EventWriter<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.write_all(bytes).map(|()| bytes.len())
    }

    // `#[inline]` allows inlining into `serde_json`, which writes only a few bytes with each call.
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

    use super::EventWriter;

    #[test]
    fn an_event_that_is_not_finished_is_removed() {
        let mut buffer = BytesMut::from("before");
        EventWriter::new(&mut buffer, 10).put(b"removed").unwrap();
        assert_eq!(buffer, "before");
    }

    #[test]
    fn a_finished_event_stays() {
        let mut buffer = BytesMut::from("before ");
        let mut writer = EventWriter::new(&mut buffer, 4);
        writer.put(b"kept").unwrap();
        writer.finish();
        assert_eq!(buffer, "before kept");
    }

    #[test]
    fn the_size_of_the_event_is_limited() {
        let mut buffer = BytesMut::from("before");
        let mut writer = EventWriter::new(&mut buffer, 4);
        writer.put(b"1234").unwrap();
        assert!(writer.put(b"5").unwrap_err().is_too_large());
        writer.truncate(2);
        assert_eq!((writer.len(), writer.since(1)), (2, &b"2"[..]));
    }
}
