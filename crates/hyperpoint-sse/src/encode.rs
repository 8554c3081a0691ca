//! Owns the spelling of fields, and is the only place that knows it. It must not know how long the
//! bytes stay, nor who takes them.

use std::{ops::Range, time::Duration};

use serde::Serialize;
use smol_str::ToSmolStr;

use crate::{
    draft::Draft,
    id::EventId,
    invalid_data::InvalidData,
    lines::{has_break, lines},
    name::EventName,
    retry::bounded,
};

/// The fields of an event beside its data. Those that are `None` are not written.
///
/// # Example
///
/// ```
/// use hyperpoint_sse::{Encoder, EventName, Fields};
///
/// const TICK: EventName = EventName::from_static("tick");
///
/// let mut encoder = Encoder::new();
/// encoder.json(Fields { name: Some(&TICK), ..Fields::default() }, &1)?;
/// assert_eq!(encoder.take(), "event: tick\ndata: 1\n\n");
/// # Ok::<(), hyperpoint_sse::InvalidData>(())
/// ```
#[derive(Clone, Copy, Debug, Default)]
pub struct Fields<'a> {
    /// The name; without one, a client calls the event `message`.
    pub name: Option<&'a EventName>,
    /// The id, which a client that reconnects sends back.
    pub id: Option<&'a EventId>,
    /// How long the client waits before it reconnects, in whole milliseconds, kept between
    /// [`MIN_RETRY`](crate::MIN_RETRY) and [`MAX_RETRY`](crate::MAX_RETRY).
    pub retry: Option<Duration>,
}

/// Ends no event, since nothing stands before it and no blank line after it.
pub(crate) const KEEP_ALIVE: &[u8] = b":\n";

const DATA: &[u8] = b"data: ";

const NAME: &[u8] = b"event: ";

const ID: &[u8] = b"id: ";

/// Where [`put_fields`] writes this id, from the start of the event.
pub(crate) fn id_range(name: Option<&EventName>, id: &EventId) -> Range<usize> {
    let name_bytes = name.map_or(0, |name| NAME.len() + name.as_str().len() + 1);
    let start = name_bytes + ID.len();
    start..start + id.as_str().len()
}

/// Writes the fields that are set.
pub(crate) fn put_fields(draft: &mut Draft<'_>, fields: Fields<'_>) -> Result<(), InvalidData> {
    if let Some(name) = fields.name {
        put_line(draft, NAME, name.as_str().as_bytes())?;
    }
    if let Some(id) = fields.id {
        put_line(draft, ID, id.as_str().as_bytes())?;
    }
    if let Some(retry) = fields.retry {
        // The text of any bounded wait fits the inline form, so this allocates nothing.
        let retry_ms = bounded(retry).as_millis().to_smolstr();
        put_line(draft, b"retry: ", retry_ms.as_bytes())?;
    }
    Ok(())
}

/// Writes `data` as JSON; a raw value in it may hold line breaks.
pub(crate) fn put_json<T: Serialize + ?Sized>(
    draft: &mut Draft<'_>,
    data: &T,
) -> Result<(), InvalidData> {
    let before = draft.len();
    draft.put(DATA)?;
    let start = draft.len();
    serde_json::to_writer(&mut *draft, data).map_err(|error| json_error(draft, error))?;
    if has_break(draft.since(start)) {
        let json = draft.since(start).to_vec();
        draft.truncate(before);
        return put_data(draft, &json);
    }
    draft.put(b"\n")
}

/// A draft is the only writer, and fails only for want of room.
fn json_error(draft: &Draft<'_>, error: serde_json::Error) -> InvalidData {
    if error.is_io() { draft.too_large() } else { InvalidData::json(error) }
}

/// Writes `data`, split into lines.
pub(crate) fn put_data(draft: &mut Draft<'_>, data: &[u8]) -> Result<(), InvalidData> {
    for line in lines(data) {
        put_line(draft, if line.is_empty() { b"data:" } else { DATA }, line)?;
    }
    Ok(())
}

/// Writes a comment, split into lines.
pub(crate) fn put_comment(draft: &mut Draft<'_>, text: &str) -> Result<(), InvalidData> {
    lines(text.as_bytes()).try_for_each(|line| put_line(draft, comment_prefix(line), line))
}

fn put_line(draft: &mut Draft<'_>, prefix: &[u8], line: &[u8]) -> Result<(), InvalidData> {
    draft.put(prefix)?;
    draft.put(line)?;
    draft.put(b"\n")
}

/// What stands before `line` in a comment.
pub(crate) fn comment_prefix(line: &[u8]) -> &'static [u8] {
    if line.is_empty() { b":" } else { b": " }
}
