//! Encoded events whose id is set last. Independent of the meaning of the id.

use std::ops::Range;

use bytes::{Bytes, BytesMut};
use serde::Serialize;

use crate::{
    encode::{Fields, id_range, put_data, put_fields, put_json},
    event_writer::EventWriter,
    id::EventId,
    invalid_data::InvalidData,
    name::EventName,
};

/// The initial capacity of the buffer, in bytes: most events fit without growing it.
const INITIAL_BYTES: usize = 256;

/// An encoded event with a placeholder for its id, for ids that are assigned under a lock: the data
/// is serialized before the lock is taken.
///
/// # Examples
///
/// ```
/// use hyperpoint::sse::UnsequencedEvent;
/// use hyperpoint::{EventId, EventName};
///
/// const TICK: EventName = EventName::from_static("tick");
/// const PLACEHOLDER: EventId = EventId::from_static("000");
///
/// let event = UnsequencedEvent::json(Some(&TICK), &PLACEHOLDER, &[1, 2], 1024)?;
/// let bytes = event.with_id(&EventId::from_static("042"));
/// assert_eq!(bytes, "event: tick\nid: 042\ndata: [1,2]\n\n");
/// # Ok::<(), hyperpoint::sse::InvalidData>(())
/// ```
#[derive(Clone, Debug)]
pub struct UnsequencedEvent {
    buffer: BytesMut,
    id: Range<usize>,
}

impl UnsequencedEvent {
    /// Encodes an event with `data` as JSON, and reserves space for an id as long as `placeholder`.
    ///
    /// # Errors
    ///
    /// Returns [`InvalidData`] if `data` does not serialize, or if the event with the placeholder
    /// is larger than `max_event_bytes`.
    ///
    /// # Examples
    ///
    /// ```
    /// use hyperpoint::EventId;
    /// use hyperpoint::sse::UnsequencedEvent;
    ///
    /// let event = UnsequencedEvent::json(None, &EventId::from_static("0"), &[1, 2], 1024)?;
    /// assert_eq!(event.with_id(&EventId::from_static("7")), "id: 7\ndata: [1,2]\n\n");
    /// # Ok::<(), hyperpoint::sse::InvalidData>(())
    /// ```
    pub fn json<T: Serialize + ?Sized>(
        name: Option<&EventName>,
        placeholder: &EventId,
        data: &T,
        max_event_bytes: usize,
    ) -> Result<Self, InvalidData> {
        Self::write(name, placeholder, max_event_bytes, |writer| put_json(writer, data))
    }

    /// Encodes an event with the text `data` as its data, and reserves space for an id as long as
    /// `placeholder`.
    ///
    /// A client receives each line break (CRLF, CR or LF) as one LF.
    ///
    /// # Errors
    ///
    /// Returns [`InvalidData`] if the event with the placeholder is larger than `max_event_bytes`.
    ///
    /// # Examples
    ///
    /// ```
    /// use hyperpoint::EventId;
    /// use hyperpoint::sse::UnsequencedEvent;
    ///
    /// let event = UnsequencedEvent::text(None, &EventId::from_static("0"), "hi", 1024)?;
    /// assert_eq!(event.with_id(&EventId::from_static("7")), "id: 7\ndata: hi\n\n");
    /// # Ok::<(), hyperpoint::sse::InvalidData>(())
    /// ```
    pub fn text(
        name: Option<&EventName>,
        placeholder: &EventId,
        data: &str,
        max_event_bytes: usize,
    ) -> Result<Self, InvalidData> {
        Self::write(name, placeholder, max_event_bytes, |writer| put_data(writer, data.as_bytes()))
    }

    fn write(
        name: Option<&EventName>,
        placeholder: &EventId,
        max_event_bytes: usize,
        put: impl FnOnce(&mut EventWriter<'_>) -> Result<(), InvalidData>,
    ) -> Result<Self, InvalidData> {
        let mut buffer = BytesMut::with_capacity(INITIAL_BYTES);
        let mut writer = EventWriter::new(&mut buffer, max_event_bytes);
        put_fields(&mut writer, Fields { name, id: Some(placeholder), retry: None })?;
        put(&mut writer)?;
        writer.put(b"\n")?;
        writer.finish();
        Ok(Self { buffer, id: id_range(name, placeholder) })
    }

    /// Returns the size of the event in bytes, with an id as long as the placeholder.
    #[must_use]
    pub fn len(&self) -> usize {
        self.buffer.len()
    }

    /// Returns the capacity of the event's buffer in bytes. [`with_id`](Self::with_id) keeps this
    /// buffer if the id is as long as the placeholder.
    #[must_use]
    pub fn capacity(&self) -> usize {
        self.buffer.capacity()
    }

    /// Returns `false`: an encoded event is never empty.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.buffer.is_empty()
    }

    /// Returns the bytes of the event with this id. An id as long as the placeholder is written in
    /// place; for an id of another length, the bytes after the id are copied.
    ///
    /// # Examples
    ///
    /// ```
    /// use hyperpoint::EventId;
    /// use hyperpoint::sse::UnsequencedEvent;
    ///
    /// let event = UnsequencedEvent::text(None, &EventId::from_static("0000"), "hi", 1024)?;
    /// assert_eq!(event.with_id(&EventId::from_static("12")), "id: 12\ndata: hi\n\n");
    /// # Ok::<(), hyperpoint::sse::InvalidData>(())
    /// ```
    #[must_use]
    pub fn with_id(mut self, id: &EventId) -> Bytes {
        let id = id.as_str().as_bytes();
        match self.buffer.get_mut(self.id.clone()) {
            Some(placeholder) if placeholder.len() == id.len() => placeholder.copy_from_slice(id),
            _ => {
                let rest = self.buffer.split_off(self.id.end);
                self.buffer.truncate(self.id.start);
                self.buffer.extend_from_slice(id);
                self.buffer.extend_from_slice(&rest);
            }
        }
        self.buffer.freeze()
    }
}

#[cfg(test)]
mod tests {
    use super::UnsequencedEvent;
    use crate::{id::EventId, name::EventName};

    const NAME: EventName = EventName::from_static("id: 0");
    const PLACEHOLDER: EventId = EventId::from_static("0000");

    #[track_caller]
    fn check(name: Option<&EventName>, id: &'static str, expected: &str) {
        let event = UnsequencedEvent::text(name, &PLACEHOLDER, "a\nb", 100).unwrap();
        assert_eq!(event.clone().with_id(&EventId::from_static(id)), expected);
    }

    #[test]
    fn an_id_replaces_the_placeholder_and_nothing_else() {
        check(None, "1234", "id: 1234\ndata: a\ndata: b\n\n");
        check(Some(&NAME), "1234", "event: id: 0\nid: 1234\ndata: a\ndata: b\n\n");
    }

    #[test]
    fn an_id_may_be_shorter_or_longer_than_the_placeholder() {
        check(Some(&NAME), "12", "event: id: 0\nid: 12\ndata: a\ndata: b\n\n");
        check(None, "123456", "id: 123456\ndata: a\ndata: b\n\n");
    }

    #[test]
    fn line_16_an_event_over_the_limit_is_an_error() {
        assert!(UnsequencedEvent::json(None, &PLACEHOLDER, "x", 20).is_ok());
        assert!(UnsequencedEvent::json(None, &PLACEHOLDER, "xx", 19).unwrap_err().is_too_large());
    }
}
