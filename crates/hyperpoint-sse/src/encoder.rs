//! The encoder of event streams, which writes whole events to a buffer. Independent of the syntax
//! of fields, and of when and by which code the bytes are sent.

use std::time::Duration;

use bytes::{Bytes, BytesMut};
use serde::Serialize;

use crate::{
    encode::{Fields, KEEP_ALIVE, comment_prefix, put_comment, put_data, put_fields, put_json},
    event_writer::EventWriter,
    invalid_data::InvalidData,
    item::StreamItem,
    lines::lines,
    typed_event::TypedEvent,
};

/// Encodes events into one growing buffer.
///
/// Each method that writes appends its complete output or, on an error, nothing. The encoded bytes
/// stay in the buffer until [`take`](Self::take) or [`truncate`](Self::truncate) removes them.
///
/// # Examples
///
/// ```
/// use hyperpoint::sse::{Encoder, Fields};
///
/// let mut encoder = Encoder::new();
/// encoder.text(Fields::default(), "one\ntwo")?;
/// encoder.keep_alive();
/// assert_eq!(encoder.take(), "data: one\ndata: two\n\n:\n");
/// # Ok::<(), hyperpoint::sse::InvalidData>(())
/// ```
#[derive(Debug)]
pub struct Encoder {
    buffer: BytesMut,
    max_event_bytes: usize,
}

impl Encoder {
    const DEFAULT_MAX_EVENT_BYTES: usize = 8 << 20;

    /// Creates an encoder with a limit of 8 MiB for each event. It allocates nothing before the
    /// first write.
    ///
    /// # Examples
    ///
    /// ```
    /// use hyperpoint::sse::Encoder;
    ///
    /// assert!(Encoder::new().is_empty());
    /// ```
    #[must_use]
    pub fn new() -> Self {
        Self::with_max_event_bytes(Self::DEFAULT_MAX_EVENT_BYTES)
    }

    /// Creates an encoder with a limit of `max_event_bytes` for the encoded form of each event and
    /// of each comment written by [`item`](Self::item).
    ///
    /// # Examples
    ///
    /// ```
    /// use hyperpoint::sse::{Encoder, Fields};
    ///
    /// let mut encoder = Encoder::with_max_event_bytes(9);
    /// assert!(encoder.text(Fields::default(), "a").is_ok());
    /// assert!(encoder.text(Fields::default(), "ab").is_err());
    /// ```
    #[must_use]
    pub fn with_max_event_bytes(max_event_bytes: usize) -> Self {
        Self { buffer: BytesMut::new(), max_event_bytes }
    }

    /// Writes a stream item: an event or a comment.
    ///
    /// # Errors
    ///
    /// Returns [`InvalidData`] if the encoded item is larger than the limit.
    ///
    /// # Examples
    ///
    /// ```
    /// use hyperpoint::StreamItem;
    /// use hyperpoint::sse::Encoder;
    ///
    /// let mut encoder = Encoder::new();
    /// encoder.item(&StreamItem::text("hi").id(1_u64))?;
    /// assert_eq!(encoder.take(), "id: 1\ndata: hi\n\n");
    /// # Ok::<(), hyperpoint::sse::InvalidData>(())
    /// ```
    pub fn item(&mut self, item: &StreamItem) -> Result<(), InvalidData> {
        self.item_with_retry(item, None).map(drop)
    }

    /// Writes a stream item: an event or a comment. An event that sets no reconnection time is
    /// written with `default_retry`, if that is set.
    ///
    /// Returns whether the item is an event, so that a stream can send its default once, with its
    /// first event.
    ///
    /// # Errors
    ///
    /// Returns [`InvalidData`] if the encoded item is larger than the limit.
    ///
    /// # Examples
    ///
    /// ```
    /// use hyperpoint::StreamItem;
    /// use hyperpoint::sse::Encoder;
    /// use std::time::Duration;
    ///
    /// let mut encoder = Encoder::new();
    /// let default = Some(Duration::from_secs(2));
    /// assert!(!encoder.item_with_retry(&StreamItem::comment("hi"), default)?);
    /// assert!(encoder.item_with_retry(&StreamItem::text("a"), default)?);
    /// assert_eq!(encoder.take(), ": hi\nretry: 2000\ndata: a\n\n");
    /// # Ok::<(), hyperpoint::sse::InvalidData>(())
    /// ```
    pub fn item_with_retry(
        &mut self,
        item: &StreamItem,
        default_retry: Option<Duration>,
    ) -> Result<bool, InvalidData> {
        let Some(data) = item.data() else {
            let text = item.comment_text().unwrap_or_default();
            return self.write(|writer| put_comment(writer, text)).map(|()| false);
        };
        let retry = item.retry_after().or(default_retry);
        let fields = Fields { name: item.event_name(), id: item.event_id(), retry };
        self.text(fields, data).map(|()| true)
    }

    /// Writes an event with `data` as JSON, serialized directly into the buffer.
    ///
    /// # Errors
    ///
    /// Returns [`InvalidData`] if `data` does not serialize, or if the encoded event is larger than
    /// the limit.
    ///
    /// # Examples
    ///
    /// ```
    /// use hyperpoint::EventId;
    /// use hyperpoint::sse::{Encoder, Fields};
    ///
    /// let mut encoder = Encoder::new();
    /// encoder.json(Fields { id: Some(&EventId::from(3_u64)), ..Fields::default() }, &[1, 2])?;
    /// assert_eq!(encoder.take(), "id: 3\ndata: [1,2]\n\n");
    /// # Ok::<(), hyperpoint::sse::InvalidData>(())
    /// ```
    pub fn json<T: Serialize + ?Sized>(
        &mut self,
        fields: Fields<'_>,
        data: &T,
    ) -> Result<(), InvalidData> {
        self.write(|writer| {
            put_fields(writer, fields)?;
            put_json(writer, data)?;
            writer.put(b"\n")
        })
    }

    /// Writes a typed event, with its data serialized directly into the buffer. `retry` is the
    /// reconnection time that the event sets, or `None` to set none.
    ///
    /// # Errors
    ///
    /// Returns [`InvalidData`] if the data does not serialize, if the id is invalid, or if the
    /// encoded event is larger than the limit.
    ///
    /// # Examples
    ///
    /// ```
    /// use hyperpoint::prelude::*;
    /// use hyperpoint::sse::Encoder;
    ///
    /// #[derive(Serialize, JsonSchema, Events)]
    /// enum OrderEvent {
    ///     Placed { #[event(id)] number: u64 },
    /// }
    ///
    /// let mut encoder = Encoder::new();
    /// encoder.typed(&OrderEvent::Placed { number: 7 }, None)?;
    /// assert_eq!(encoder.take(), "event: placed\nid: 7\ndata: {\"number\":7}\n\n");
    /// # Ok::<(), hyperpoint::sse::InvalidData>(())
    /// ```
    pub fn typed<E: TypedEvent + ?Sized>(
        &mut self,
        event: &E,
        retry: Option<Duration>,
    ) -> Result<(), InvalidData> {
        let id = event.event_id().map_err(InvalidData::id)?;
        let fields = Fields { name: Some(event.event_name()), id: id.as_ref(), retry };
        self.json(fields, &event.event_data())
    }

    /// Writes an event with the text `data` as its data. A client receives each line break (CRLF,
    /// CR or LF) as one LF.
    ///
    /// # Errors
    ///
    /// Returns [`InvalidData`] if the encoded event is larger than the limit.
    ///
    /// # Examples
    ///
    /// ```
    /// use hyperpoint::sse::{Encoder, Fields};
    ///
    /// let mut encoder = Encoder::new();
    /// encoder.text(Fields::default(), "")?;
    /// assert_eq!(encoder.take(), "data:\n\n");
    /// # Ok::<(), hyperpoint::sse::InvalidData>(())
    /// ```
    pub fn text(&mut self, fields: Fields<'_>, data: &str) -> Result<(), InvalidData> {
        self.write(|writer| {
            put_fields(writer, fields)?;
            put_data(writer, data.as_bytes())?;
            writer.put(b"\n")
        })
    }

    /// Writes a keep-alive, `:` and LF, which prevents an idle connection from being closed.
    ///
    /// # Examples
    ///
    /// ```
    /// use hyperpoint::sse::Encoder;
    ///
    /// let mut encoder = Encoder::new();
    /// encoder.keep_alive();
    /// assert_eq!(encoder.take(), ":\n");
    /// ```
    pub fn keep_alive(&mut self) {
        self.buffer.extend_from_slice(KEEP_ALIVE);
    }

    /// Writes a `retry` field as the start of the next event. The reconnection time `after` is
    /// rounded and clamped as in [`Fields::retry`]. Write an event after the field: some clients
    /// dispatch an empty message for a `retry` field alone.
    ///
    /// # Errors
    ///
    /// Returns [`InvalidData`] if the field is larger than the encoder's limit for an event.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::time::Duration;
    ///
    /// use hyperpoint::sse::{Encoder, Fields};
    ///
    /// let mut encoder = Encoder::new();
    /// encoder.retry(Duration::from_secs(1))?;
    /// encoder.text(Fields::default(), "a")?;
    /// assert_eq!(encoder.take(), "retry: 1000\ndata: a\n\n");
    /// # Ok::<(), hyperpoint::sse::InvalidData>(())
    /// ```
    pub fn retry(&mut self, after: Duration) -> Result<(), InvalidData> {
        let fields = Fields { retry: Some(after), ..Fields::default() };
        self.write(|writer| put_fields(writer, fields))
    }

    /// Writes one comment for each line of `text`. The size limit does not apply.
    ///
    /// # Examples
    ///
    /// ```
    /// use hyperpoint::sse::Encoder;
    ///
    /// let mut encoder = Encoder::new();
    /// encoder.comment("two\r\nlines");
    /// assert_eq!(encoder.take(), ": two\n: lines\n");
    /// ```
    pub fn comment(&mut self, text: &str) {
        for line in lines(text.as_bytes()) {
            self.buffer.extend_from_slice(comment_prefix(line));
            self.buffer.extend_from_slice(line);
            self.buffer.extend_from_slice(b"\n");
        }
    }

    /// Returns the number of bytes in the buffer.
    ///
    /// # Examples
    ///
    /// ```
    /// use hyperpoint::sse::Encoder;
    ///
    /// assert_eq!(Encoder::new().len(), 0);
    /// ```
    #[must_use]
    pub fn len(&self) -> usize {
        self.buffer.len()
    }

    /// Returns whether the buffer is empty.
    ///
    /// # Examples
    ///
    /// ```
    /// use hyperpoint::sse::Encoder;
    ///
    /// assert!(Encoder::new().is_empty());
    /// ```
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.buffer.is_empty()
    }

    /// Removes all bytes from the buffer and returns them.
    ///
    /// The returned bytes keep the whole allocation of the buffer in memory, and the encoder
    /// continues to write to the unused end of that allocation. Use a separate encoder for bytes
    /// that are stored for a long time.
    ///
    /// # Examples
    ///
    /// ```
    /// use hyperpoint::sse::Encoder;
    ///
    /// let mut encoder = Encoder::new();
    /// encoder.keep_alive();
    /// assert_eq!(encoder.take(), ":\n");
    /// assert_eq!(encoder.take(), "");
    /// ```
    pub fn take(&mut self) -> Bytes {
        if self.buffer.is_empty() { Bytes::new() } else { self.buffer.split().freeze() }
    }

    /// Shortens the buffer to its first `len` bytes, for instance to remove the bytes written since
    /// [`len`](Self::len) returned this value. Has no effect if the buffer is not longer.
    ///
    /// # Examples
    ///
    /// ```
    /// use hyperpoint::sse::Encoder;
    ///
    /// let mut encoder = Encoder::new();
    /// encoder.comment("kept");
    /// let len = encoder.len();
    /// encoder.comment("removed");
    /// encoder.truncate(len);
    /// assert_eq!(encoder.take(), ": kept\n");
    /// ```
    pub fn truncate(&mut self, len: usize) {
        self.buffer.truncate(len);
    }

    fn write(
        &mut self,
        put: impl FnOnce(&mut EventWriter<'_>) -> Result<(), InvalidData>,
    ) -> Result<(), InvalidData> {
        let mut writer = EventWriter::new(&mut self.buffer, self.max_event_bytes);
        put(&mut writer)?;
        writer.finish();
        Ok(())
    }
}

impl Default for Encoder {
    fn default() -> Self {
        Self::new()
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use serde::{Serialize, Serializer, ser::Error};
    use serde_json::value::RawValue;

    use super::{Encoder, Fields};
    use crate::{
        framework::READY, id::EventId, invalid_data::InvalidData, item::StreamItem, name::EventName,
    };

    const TICK: EventName = EventName::from_static("tick");

    #[track_caller]
    fn check(item: &StreamItem, expected: &str) {
        let mut encoder = Encoder::new();
        encoder.item(item).unwrap();
        assert_eq!(encoder.take(), expected);
    }

    #[track_caller]
    fn check_json(data: &(impl Serialize + ?Sized), expected: &str) {
        let mut encoder = Encoder::new();
        encoder.json(Fields::default(), data).unwrap();
        assert_eq!(encoder.take(), expected);
        check(&StreamItem::json(data).unwrap(), expected);
    }

    /// A value that does not serialize.
    struct Broken;

    impl Serialize for Broken {
        fn serialize<S: Serializer>(&self, _: S) -> Result<S::Ok, S::Error> {
            Err(S::Error::custom("broken"))
        }
    }

    #[test]
    fn line_02_a_byte_order_mark_is_never_first() {
        check(&StreamItem::text("\u{feff}a"), "data: \u{feff}a\n\n");
        check(&StreamItem::comment("\u{feff}a"), ": \u{feff}a\n");
    }

    #[test]
    fn line_04_an_event_ends_in_one_blank_line() {
        let mut encoder = Encoder::new();
        encoder.item(&StreamItem::text("a")).unwrap();
        encoder.item(&StreamItem::text("b\n")).unwrap();
        assert_eq!(encoder.take(), "data: a\n\ndata: b\ndata:\n\n");
    }

    #[test]
    fn line_05_data_is_split_at_crlf_cr_and_lf() {
        let expected = "data: a\ndata: b\ndata: c\ndata: d\n\n";
        check(&StreamItem::text("a\r\nb\rc\nd"), expected);
        check(&StreamItem::text("data: a\r\nb"), "data: data: a\ndata: b\n\n");
        check(&StreamItem::text("a\n\nid: 1"), "data: a\ndata:\ndata: id: 1\n\n");
    }

    #[test]
    fn line_05_a_trailing_newline_survives() {
        check(&StreamItem::text("a\n"), "data: a\ndata:\n\n");
        check(&StreamItem::text("\n"), "data:\ndata:\n\n");
        check(&StreamItem::text("\r\n\r"), "data:\ndata:\ndata:\n\n");
    }

    #[test]
    fn line_06_empty_data_is_written_and_a_comment_has_no_data() {
        check(&StreamItem::text(""), "data:\n\n");
        check(&StreamItem::comment(""), ":\n");
    }

    #[test]
    fn line_07_one_space_follows_the_colon() {
        check(&StreamItem::text(" a"), "data:  a\n\n");
        check(&StreamItem::text(" "), "data:  \n\n");
        let name = EventName::from_static(" :a");
        check(&StreamItem::text("é😀").named(name), "event:  :a\ndata: é😀\n\n");
    }

    #[test]
    fn line_10_fields_are_in_order_and_unset_fields_are_absent() {
        let item = StreamItem::text("a");
        check(&item, "data: a\n\n");
        let all = item.retry(Duration::from_secs(2)).id(7_u64).named(TICK);
        check(&all, "event: tick\nid: 7\nretry: 2000\ndata: a\n\n");
    }

    #[test]
    fn line_11_a_comment_has_no_fields() {
        let item = StreamItem::comment("a\r\nb\n\nc").named(TICK).id(1_u8).retry(Duration::MAX);
        check(&item, ": a\n: b\n:\n: c\n");
    }

    #[test]
    fn line_12_retry_is_a_number_from_250_to_2147483647() {
        check(&StreamItem::text("").retry(Duration::ZERO), "retry: 250\ndata:\n\n");
        let micros = Duration::from_micros(1_234_567);
        check(&StreamItem::text("").retry(micros), "retry: 1234\ndata:\n\n");
        check(&StreamItem::text("").retry(Duration::MAX), "retry: 2147483647\ndata:\n\n");
        let mut encoder = Encoder::new();
        let fields = Fields { retry: Some(Duration::ZERO), ..Fields::default() };
        encoder.text(fields, "").unwrap();
        assert_eq!(encoder.take(), "retry: 250\ndata:\n\n");
    }

    #[test]
    fn line_12_a_default_retry_is_written_with_an_event_that_sets_none() {
        let mut encoder = Encoder::new();
        let second = Duration::from_secs(1);
        let mut write = |item| encoder.item_with_retry(&item, Some(second)).unwrap();
        assert!(!write(StreamItem::comment("a")));
        assert!(write(StreamItem::text("b").retry(second * 2)));
        assert!(write(StreamItem::text("c")));
        let expected = ": a\nretry: 2000\ndata: b\n\nretry: 1000\ndata: c\n\n";
        assert_eq!(encoder.take(), expected);
    }

    #[test]
    fn line_13_a_keep_alive_is_a_colon_and_a_line_feed() {
        let mut encoder = Encoder::new();
        encoder.keep_alive();
        assert_eq!(encoder.take(), ":\n");
    }

    #[test]
    fn line_14_the_ready_event_of_a_topic_is_written() {
        let mut encoder = Encoder::new();
        let id = EventId::from_static("0000000a-000000000001");
        let retry = Some(Duration::from_secs(3));
        let fields = Fields { name: Some(&READY), id: Some(&id), retry };
        encoder.text(fields, "{}").unwrap();
        let expected = "event: ready\nid: 0000000a-000000000001\nretry: 3000\ndata: {}\n\n";
        assert_eq!(encoder.take(), expected);
    }

    #[test]
    fn line_16_an_event_of_5_mb_is_written_whole() {
        let data = "x".repeat(5_000_000);
        check(&StreamItem::text(data.clone()), &format!("data: {data}\n\n"));
        check_json(&data, &format!("data: \"{data}\"\n\n"));
    }

    #[test]
    fn json_is_one_line() {
        check_json(&(1, "a\r\nb", " "), "data: [1,\"a\\r\\nb\",\" \"]\n\n");
        check_json("\u{2028}\u{85}", "data: \"\u{2028}\u{85}\"\n\n");
        check_json(&(), "data: null\n\n");
    }

    #[test]
    fn raw_json_is_split_at_its_line_breaks() {
        let raw = RawValue::from_string("{\r\n  \"a\":\r1\n}".to_owned()).unwrap();
        check_json(&raw, "data: {\ndata:   \"a\":\ndata: 1\ndata: }\n\n");
        check_json(&[&raw], "data: [{\ndata:   \"a\":\ndata: 1\ndata: }]\n\n");
    }

    #[track_caller]
    fn check_error(write: impl Fn(&mut Encoder) -> Result<(), InvalidData>, is_too_large: bool) {
        let mut encoder = Encoder::with_max_event_bytes(12);
        encoder.text(Fields::default(), "fits").unwrap();
        assert_eq!(write(&mut encoder).unwrap_err().is_too_large(), is_too_large);
        assert_eq!(encoder.take(), "data: fits\n\n");
    }

    #[test]
    fn line_16_an_event_over_the_limit_leaves_the_buffer_unchanged() {
        let fields = Fields { name: Some(&TICK), ..Fields::default() };
        check_error(|encoder| encoder.text(Fields::default(), "fits!"), true);
        check_error(|encoder| encoder.text(fields, ""), true);
        check_error(|encoder| encoder.text(Fields::default(), "\n\n"), true);
        check_error(|encoder| encoder.json(Fields::default(), "abc"), true);
        check_error(|encoder| encoder.item(&StreamItem::comment("abcdefghijkl")), true);
    }

    #[test]
    fn json_that_fails_leaves_the_buffer_unchanged() {
        check_error(|encoder| encoder.json(Fields::default(), &Broken), false);
        check_error(|encoder| encoder.json(Fields::default(), &(1, Broken)), false);
        let text = StreamItem::json(&Broken).unwrap_err().to_string();
        assert_eq!(text, "cannot serialize the data of an event as JSON");
    }

    #[test]
    fn json_that_panics_leaves_the_buffer_unchanged() {
        struct Panicking;

        impl Serialize for Panicking {
            fn serialize<S: Serializer>(&self, _: S) -> Result<S::Ok, S::Error> {
                panic!("on purpose")
            }
        }

        let mut encoder = Encoder::new();
        encoder.keep_alive();
        let write = || encoder.json(Fields::default(), &(1, Panicking));
        std::panic::catch_unwind(std::panic::AssertUnwindSafe(write)).unwrap_err();
        assert_eq!(encoder.take(), ":\n");
    }

    #[test]
    fn the_encoder_is_reusable_after_take() {
        let mut encoder = Encoder::new();
        encoder.text(Fields::default(), "first").unwrap();
        let first = encoder.take();
        assert_eq!((encoder.len(), encoder.is_empty()), (0, true));
        encoder.text(Fields::default(), "second").unwrap();
        assert_eq!(first, "data: first\n\n");
        assert_eq!(encoder.take(), "data: second\n\n");
    }
}
