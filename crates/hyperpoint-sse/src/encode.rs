//! Encoding of the fields of an event. Independent of where the bytes are stored or sent.

use std::{ops::Range, time::Duration};

use serde::Serialize;
use smol_str::ToSmolStr;

use crate::{
    event_writer::EventWriter,
    id::EventId,
    invalid_data::InvalidData,
    lines::{has_break, lines},
    name::EventName,
    retry::bounded,
};

/// The fields of an event other than its data. A field that is `None` is not written.
///
/// # Examples
///
/// ```
/// use hyperpoint::EventName;
/// use hyperpoint::sse::{Encoder, Fields};
///
/// const TICK: EventName = EventName::from_static("tick");
///
/// let mut encoder = Encoder::new();
/// encoder.json(Fields { name: Some(&TICK), ..Fields::default() }, &1)?;
/// assert_eq!(encoder.take(), "event: tick\ndata: 1\n\n");
/// # Ok::<(), hyperpoint::sse::InvalidData>(())
/// ```
#[derive(Clone, Copy, Debug, Default)]
pub struct Fields<'a> {
    /// The name. A client dispatches an event without a name as `message`.
    pub name: Option<&'a EventName>,
    /// The id, which a client sends as `Last-Event-ID` when it reconnects.
    pub id: Option<&'a EventId>,
    /// The reconnection time of the client, rounded down to whole milliseconds and clamped to
    /// between [`MIN_RETRY`](crate::MIN_RETRY) and [`MAX_RETRY`](crate::MAX_RETRY).
    pub retry: Option<Duration>,
}

/// A keep-alive: an empty comment. No empty line follows it, because some clients would take that
/// line as the end of an empty event.
pub(crate) const KEEP_ALIVE: &[u8] = b":\n";

const DATA: &[u8] = b"data: ";

const NAME: &[u8] = b"event: ";

const ID: &[u8] = b"id: ";

/// Returns the byte range of `id` in an event whose `name` and `id` [`put_fields`] wrote, relative
/// to the start of the event.
pub(crate) fn id_range(name: Option<&EventName>, id: &EventId) -> Range<usize> {
    let name_bytes = name.map_or(0, |name| NAME.len() + name.as_str().len() + 1);
    let start = name_bytes + ID.len();
    start..start + id.as_str().len()
}

/// Writes the fields that are set, in the order `event`, `id`, `retry`.
pub(crate) fn put_fields(
    writer: &mut EventWriter<'_>,
    fields: Fields<'_>,
) -> Result<(), InvalidData> {
    if let Some(name) = fields.name {
        put_line(writer, NAME, name.as_str().as_bytes())?;
    }
    if let Some(id) = fields.id {
        put_line(writer, ID, id.as_str().as_bytes())?;
    }
    if let Some(retry) = fields.retry {
        // A clamped time has at most 10 digits, which `SmolStr` stores without an allocation.
        let retry_ms = bounded(retry).as_millis().to_smolstr();
        put_line(writer, b"retry: ", retry_ms.as_bytes())?;
    }
    Ok(())
}

/// Writes `data` as JSON: one `data` field, or several if a raw value in the JSON contains line
/// breaks.
pub(crate) fn put_json<T: Serialize + ?Sized>(
    writer: &mut EventWriter<'_>,
    data: &T,
) -> Result<(), InvalidData> {
    let before = writer.len();
    writer.put(DATA)?;
    let start = writer.len();
    serde_json::to_writer(&mut *writer, data).map_err(|error| json_error(writer, error))?;
    if has_break(writer.since(start)) {
        let json = writer.since(start).to_vec();
        writer.truncate(before);
        return put_data(writer, &json);
    }
    writer.put(b"\n")
}

/// Converts an error of `serde_json`. An I/O error comes from the [`EventWriter`], which fails only
/// if the event exceeds its limit.
fn json_error(writer: &EventWriter<'_>, error: serde_json::Error) -> InvalidData {
    if error.is_io() { writer.too_large() } else { InvalidData::json(error) }
}

/// Writes `data` as one `data` field for each of its lines.
pub(crate) fn put_data(writer: &mut EventWriter<'_>, data: &[u8]) -> Result<(), InvalidData> {
    for line in lines(data) {
        put_line(writer, if line.is_empty() { b"data:" } else { DATA }, line)?;
    }
    Ok(())
}

/// Writes one comment for each line of `text`.
pub(crate) fn put_comment(writer: &mut EventWriter<'_>, text: &str) -> Result<(), InvalidData> {
    lines(text.as_bytes()).try_for_each(|line| put_line(writer, comment_prefix(line), line))
}

fn put_line(writer: &mut EventWriter<'_>, prefix: &[u8], line: &[u8]) -> Result<(), InvalidData> {
    writer.put(prefix)?;
    writer.put(line)?;
    writer.put(b"\n")
}

/// Returns the prefix that makes `line` a comment.
pub(crate) fn comment_prefix(line: &[u8]) -> &'static [u8] {
    if line.is_empty() { b":" } else { b": " }
}
