//! Owns an event whose id is set when all else of it is written. It must not know what the id means.

use std::ops::Range;

use bytes::{Bytes, BytesMut};
use serde::Serialize;

use crate::{
    draft::Draft,
    encode::{Fields, id_range, put_data, put_fields, put_json},
    id::EventId,
    invalid_data::InvalidData,
    name::EventName,
};

/// What most events fit in, so that they are written without growing a buffer.
const USUAL_BYTES: usize = 256;

/// A written event whose id is still to be set, for ids that are given under a lock: all that takes
/// time is done before.
///
/// # Example
///
/// ```
/// use hyperpoint_sse::{EventId, EventName, Unnumbered};
///
/// const TICK: EventName = EventName::from_static("tick");
/// const ROOM: EventId = EventId::from_static("000");
///
/// let event = Unnumbered::json(Some(&TICK), &ROOM, &[1, 2], 1024)?;
/// let bytes = event.with_id(&EventId::from_static("042"));
/// assert_eq!(bytes, "event: tick\nid: 042\ndata: [1,2]\n\n");
/// # Ok::<(), hyperpoint_sse::InvalidData>(())
/// ```
#[derive(Clone, Debug)]
pub struct Unnumbered {
    buffer: BytesMut,
    id: Range<usize>,
}

impl Unnumbered {
    /// An event with JSON data, with room for an id as long as `room`, of up to `max_event_bytes`.
    ///
    /// # Errors
    ///
    /// [`InvalidData`] if `data` does not serialise, or the event is too large.
    pub fn json<T: Serialize + ?Sized>(
        name: Option<&EventName>,
        room: &EventId,
        data: &T,
        max_event_bytes: usize,
    ) -> Result<Self, InvalidData> {
        Self::write(name, room, max_event_bytes, |draft| put_json(draft, data))
    }

    /// An event whose data is `data` as it is; a client sees every line break as LF.
    ///
    /// # Errors
    ///
    /// [`InvalidData`] if the event is too large.
    ///
    /// # Example
    ///
    /// ```
    /// use hyperpoint_sse::{EventId, Unnumbered};
    ///
    /// let event = Unnumbered::text(None, &EventId::from_static("0"), "hi", 1024)?;
    /// assert_eq!(event.with_id(&EventId::from_static("7")), "id: 7\ndata: hi\n\n");
    /// # Ok::<(), hyperpoint_sse::InvalidData>(())
    /// ```
    pub fn text(
        name: Option<&EventName>,
        room: &EventId,
        data: &str,
        max_event_bytes: usize,
    ) -> Result<Self, InvalidData> {
        Self::write(name, room, max_event_bytes, |draft| put_data(draft, data.as_bytes()))
    }

    fn write(
        name: Option<&EventName>,
        room: &EventId,
        max_event_bytes: usize,
        put: impl FnOnce(&mut Draft<'_>) -> Result<(), InvalidData>,
    ) -> Result<Self, InvalidData> {
        let mut buffer = BytesMut::with_capacity(USUAL_BYTES);
        let mut draft = Draft::new(&mut buffer, max_event_bytes);
        put_fields(&mut draft, Fields { name, id: Some(room), retry: None })?;
        put(&mut draft)?;
        draft.put(b"\n")?;
        draft.finish();
        Ok(Self { buffer, id: id_range(name, room) })
    }

    /// How many bytes it has, with an id as long as its room.
    #[must_use]
    pub fn len(&self) -> usize {
        self.buffer.len()
    }

    /// Whether it has no bytes, which no event is.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.buffer.is_empty()
    }

    /// The whole event, with this id. One as long as the room is written in place.
    #[must_use]
    pub fn with_id(mut self, id: &EventId) -> Bytes {
        let id = id.as_str().as_bytes();
        match self.buffer.get_mut(self.id.clone()) {
            Some(room) if room.len() == id.len() => room.copy_from_slice(id),
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
    use super::Unnumbered;
    use crate::{id::EventId, name::EventName};

    const NAME: EventName = EventName::from_static("id: 0");
    const ROOM: EventId = EventId::from_static("0000");

    #[track_caller]
    fn check(name: Option<&EventName>, id: &'static str, expected: &str) {
        let event = Unnumbered::text(name, &ROOM, "a\nb", 100).unwrap();
        assert_eq!(event.clone().with_id(&EventId::from_static(id)), expected);
    }

    #[test]
    fn an_id_is_written_into_its_room_and_nowhere_else() {
        check(None, "1234", "id: 1234\ndata: a\ndata: b\n\n");
        check(Some(&NAME), "1234", "event: id: 0\nid: 1234\ndata: a\ndata: b\n\n");
    }

    #[test]
    fn an_id_of_another_length_makes_its_own_room() {
        check(Some(&NAME), "12", "event: id: 0\nid: 12\ndata: a\ndata: b\n\n");
        check(None, "123456", "id: 123456\ndata: a\ndata: b\n\n");
    }

    #[test]
    fn line_16_an_event_over_the_limit_is_an_error() {
        assert!(Unnumbered::json(None, &ROOM, "x", 20).is_ok());
        assert!(Unnumbered::json(None, &ROOM, "xx", 19).unwrap_err().is_too_large());
    }
}
