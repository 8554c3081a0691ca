//! Owns what a subscriber is told when it does not get all.

use std::time::Duration;

use bytes::Bytes;
use hyperpoint_core::Problem;
use hyperpoint_sse::{Encoder, EventId, Fields, StreamItem, framework};
use serde::Serialize;

use crate::gap_reason::GapReason;
use crate::position::Position;

/// What happens to a subscriber that falls so far behind that what it needs next is kept no more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum OnLag {
    /// It is told by an event `gap`, and goes on with the oldest event that is kept. The default on
    /// the embedded log.
    Gap,
    /// Its stream ends with an event `reconnect`, so that it comes back with its id. The default
    /// where an engine keeps the history.
    Resume,
    /// It only ever gets the newest event: what is older when it is ready for more is passed over.
    Latest,
    /// Of each key it only ever gets the newest event ([`Publish::key`](crate::Publish::key)); events
    /// without a key are all sent. It is told by an event `gap` if one of those is missing.
    Conflate,
}

/// That a subscriber does not get all, as the event `gap` says it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Gap {
    /// Why.
    pub reason: GapReason,
    /// The id that the client came back with, or the last one it was sent.
    pub requested: Option<String>,
    /// The id of the place from which it gets all again.
    #[serde(serialize_with = "as_text")]
    pub from: EventId,
}

fn as_text<S: serde::Serializer>(id: &EventId, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(id)
}

#[derive(Serialize)]
struct Empty {}

/// The first event of a stream that goes on from this place.
pub(super) fn ready(position: Position, retry: Duration) -> Result<Bytes, Problem> {
    let id = position.id();
    let fields = Fields { name: Some(&framework::READY), id: Some(&id), retry: Some(retry) };
    let mut encoder = Encoder::new();
    encoder.json(fields, &Empty {})?;
    Ok(encoder.take())
}

/// The event that tells of a gap; without its id where a snapshot follows, which has it.
pub(super) fn gap(gap: &Gap, retry: Duration, has_id: bool) -> Result<Bytes, Problem> {
    let id = has_id.then_some(&gap.from);
    let fields = Fields { name: Some(&framework::GAP), id, retry: Some(retry) };
    let mut encoder = Encoder::new();
    encoder.json(fields, gap)?;
    Ok(encoder.take())
}

/// The events of a snapshot, of which the last has the id, and how many they are. Without an event
/// it is one `ready`.
pub(super) fn snapshot(
    items: &[StreamItem],
    position: Position,
    retry: Duration,
) -> Result<(Bytes, u32), Problem> {
    let events: Vec<_> = items.iter().filter_map(|item| Some((item, item.data()?))).collect();
    let Some((last, before)) = events.split_last() else {
        return Ok((ready(position, retry)?, 1));
    };
    let mut encoder = Encoder::new();
    for (item, data) in before {
        encoder.text(Fields { name: item.event_name(), ..Fields::default() }, data)?;
    }
    let (item, data) = last;
    let id = position.id();
    encoder.text(Fields { name: item.event_name(), id: Some(&id), retry: None }, data)?;
    Ok((encoder.take(), u32::try_from(events.len()).unwrap_or(u32::MAX)))
}
