//! The report of missing events to a subscriber, and the policies for subscribers that lag.

use std::error::Error;
use std::time::Duration;

use bytes::Bytes;
use hyperpoint_sse::stream::{Frame, StreamKind};
use hyperpoint_sse::{Encoder, EventId, EventName, Fields, InvalidData, StreamItem, framework};
use serde::Serialize;

use crate::gap_reason::GapReason;
use crate::position::Position;

/// The policy for a subscriber that reads more slowly than events are published. `Gap` and `Resume`
/// apply when its next event is evicted; `Latest` and `Conflate` always skip outdated events.
///
/// # Examples
///
/// ```
/// use hyperpoint::{Events, OnLag, Problem, Sent, SendTopic, Topic, answer::Send};
///
/// /// Streams the current price, and skips outdated ones.
/// async fn stream(send: Send<'_, Events<u32>>, price: &Topic<u32>) -> Result<Sent, Problem> {
///     send.topic_async(price).on_lag(OnLag::Latest).await
/// }
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum OnLag {
    /// Sends an event `gap`, and resumes at the oldest event that is kept. The default on the
    /// embedded log. A stream with [`StreamKind::AsWritten`] has no such event: it is aborted,
    /// unless it has a snapshot.
    Gap,
    /// Ends the stream with an event `reconnect`, so that the client reconnects with its last event
    /// id. The default with a backplane, which keeps older events. A stream with
    /// [`StreamKind::AsWritten`] ends cleanly without that event.
    Resume,
    /// Sends only the newest event whenever the client is ready for more, and skips older ones.
    Latest,
    /// Sends only the newest event of each key ([`Publish::key`](crate::Publish::key)), and every
    /// event without a key. Sends an event `gap` if one of these is missing.
    Conflate,
}

/// A report that a subscriber misses events: the data of the event `gap`.
///
/// # Examples
///
/// ```
/// use hyperpoint::Gap;
///
/// fn log(gap: &Gap) {
///     let requested = gap.requested.as_deref().unwrap_or("no id");
///     eprintln!("{}: events between {requested} and {} are missing", gap.reason, gap.from);
/// }
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Gap {
    /// The reason why events are missing.
    pub reason: GapReason,
    /// The id with which the client resumed, or, if events are lost later, the id of the position
    /// that the stream had reached. On a page of past events, the id of the requested position, if
    /// any.
    pub requested: Option<String>,
    /// The id of the position at which the stream continues. With one topic, no event is missing
    /// after it. With several topics, it is just before the oldest event that is still available in
    /// any of them: events of another topic may be missing after it, and a client that resumes
    /// before those missing events is sent the gap again.
    #[serde(serialize_with = "as_text")]
    pub from: EventId,
}

fn as_text<S: serde::Serializer>(id: &EventId, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(id)
}

#[derive(Serialize)]
struct Empty {}

/// Encodes the event `ready`, the first event of a stream that starts at this position.
pub(super) fn ready(position: Position, retry: Option<Duration>) -> Result<Bytes, InvalidData> {
    let id = position.id();
    let fields = Fields { name: Some(&framework::READY), id: Some(&id), retry };
    let mut encoder = Encoder::new();
    encoder.json(fields, &Empty {})?;
    Ok(encoder.take())
}

/// Encodes the event `gap`. `has_id` is false if a snapshot follows, because the last event of the
/// snapshot has the id.
pub(super) fn gap(gap: &Gap, retry: Option<Duration>, has_id: bool) -> Result<Bytes, InvalidData> {
    let id = has_id.then_some(&gap.from);
    let fields = Fields { name: Some(&framework::GAP), id, retry };
    let mut encoder = Encoder::new();
    encoder.json(fields, gap)?;
    Ok(encoder.take())
}

/// Returns a frame with an event of the framework, which does not count among the events of the
/// stream.
pub(super) fn control(bytes: Bytes) -> Frame {
    Frame { bytes, events: 0 }
}

/// Prepends the reconnection delay (`retry`) to a frame.
pub(super) fn with_retry(retry: Duration, frame: Frame) -> Frame {
    let mut encoder = Encoder::new();
    match encoder.retry(retry) {
        Ok(()) => Frame { bytes: [&encoder.take()[..], &frame.bytes].concat().into(), ..frame },
        Err(_) => frame,
    }
}

/// Encodes the events of a snapshot as one frame. The last event has the id of the position. If
/// there is no event, encodes `ready` on a stream for `EventSource`, and returns `None` on a stream
/// as written.
pub(super) fn snapshot(
    items: &[StreamItem],
    position: Position,
    kind: StreamKind,
    retry: Option<Duration>,
) -> Result<Option<Frame>, Box<dyn Error + Send + Sync>> {
    let events: Vec<_> = items.iter().filter_map(|item| Some((item, item.data()?))).collect();
    let Some((last, before)) = events.split_last() else {
        let is_for_event_source = kind == StreamKind::ForEventSource;
        let ready = is_for_event_source.then(|| ready(position, retry));
        return Ok(ready.transpose()?.map(control));
    };
    if kind == StreamKind::ForEventSource {
        let mut names = events.iter().filter_map(|(item, _)| item.event_name());
        names.try_for_each(EventName::check_unreserved)?;
    }
    let mut encoder = Encoder::new();
    for (item, data) in before {
        encoder.text(Fields { name: item.event_name(), ..Fields::default() }, data)?;
    }
    let (item, data) = last;
    let id = position.id();
    encoder.text(Fields { name: item.event_name(), id: Some(&id), retry: None }, data)?;
    let events = u32::try_from(events.len()).unwrap_or(u32::MAX);
    Ok(Some(Frame { bytes: encoder.take(), events }))
}
