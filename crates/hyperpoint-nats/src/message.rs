//! The encoding of events and deletions as NATS messages. The data is the payload; name, key,
//! expiry, idempotency key and deletion are headers.

use std::time::Duration;

use async_nats::header::{HeaderMap, NATS_MESSAGE_ID};
use async_nats::jetstream;
use hyperpoint_sse::EventName;
use hyperpoint_topics::backplane::{Deletion, Draft, Entry};
use percent_encoding::{AsciiSet, CONTROLS, percent_decode_str, utf8_percent_encode};

use crate::log::StreamState;
use crate::subject::topic;

const EVENT: &str = "Hyperpoint-Event";
const KEY: &str = "Hyperpoint-Key";
const EXPIRES_AFTER: &str = "Hyperpoint-Expires-After-Ms";
/// The header of a message that deletes events.
pub(crate) const DELETES: &str = "Hyperpoint-Deletes";
/// The characters that are percent-encoded in header values: control characters, which are invalid
/// there; spaces, which are trimmed at the ends; and `%`. Non-ASCII characters are always
/// percent-encoded.
const NOT_IN_HEADERS: &AsciiSet = &CONTROLS.add(b' ').add(b'%');

/// Returns the headers of an event: its name, key, expiry and idempotency key, if set.
pub(crate) fn headers(draft: &Draft) -> HeaderMap {
    let mut headers = HeaderMap::new();
    if let Some(name) = &draft.name {
        headers.insert(EVENT, encoded(name.as_str()));
    }
    if let Some(key) = &draft.key {
        headers.insert(KEY, encoded(key));
    }
    if let Some(after) = draft.expires_after {
        headers.insert(EXPIRES_AFTER, after.as_millis().to_string());
    }
    if let Some(once) = &draft.once {
        // JetStream compares ids over the whole stream, and an idempotency key belongs to one
        // topic, so the id includes the topic.
        let id = format!("{} {}", encoded(&draft.topic), encoded(once));
        headers.insert(NATS_MESSAGE_ID, id);
    }
    headers
}

/// Returns the headers of a message that deletes events. `key` is the key of the deleted event if
/// `which` is a single event that has a key.
pub(crate) fn deletion_headers(which: Deletion, key: Option<&str>) -> HeaderMap {
    let mut headers = HeaderMap::new();
    if let Some(key) = key {
        headers.insert(KEY, encoded(key));
    }
    let text = match which {
        Deletion::Event(sequence) => format!("event {sequence}"),
        Deletion::Through(sequence) => format!("through {sequence}"),
    };
    headers.insert(DELETES, text);
    headers
}

fn deletion(text: &str) -> Option<Deletion> {
    match text.split_once(' ')? {
        ("event", sequence) => sequence.parse().ok().map(Deletion::Event),
        ("through", sequence) => sequence.parse().ok().map(Deletion::Through),
        _ => None,
    }
}

/// Decodes the entry of a message: an event, or a deletion of events. Returns `None` if the message
/// is not an entry of a topic.
pub(crate) fn entry(
    prefix: &str,
    message: &jetstream::Message,
    info: &jetstream::message::Info<'_>,
    state: &StreamState,
) -> Option<Entry> {
    let topic = topic(prefix, &message.subject)?;
    let data = str::from_utf8(&message.payload).ok()?.to_owned();
    let header = |name| message.headers.as_ref()?.get(name).and_then(|text| decoded(text.as_str()));
    let name = header(EVENT).and_then(|name| EventName::parse(&name).ok());
    let (sequence, at) = (info.stream_sequence, info.published.into());
    let epoch = state.epoch_of(sequence);
    let expires_ms = header(EXPIRES_AFTER).and_then(|text| text.parse().ok());
    let expires_after = expires_ms.map(Duration::from_millis);
    let deletes = header(DELETES).and_then(|text| deletion(&text));
    Some(Entry { topic, epoch, sequence, name, data, key: header(KEY), expires_after, deletes, at })
}

/// Returns the key in the headers of an event, or `None` if the key is absent or invalid.
pub(crate) fn key(headers: &HeaderMap) -> Option<String> {
    headers.get(KEY).and_then(|key| decoded(key.as_str()))
}

fn encoded(text: &str) -> String {
    utf8_percent_encode(text, NOT_IN_HEADERS).to_string()
}

fn decoded(text: &str) -> Option<String> {
    percent_decode_str(text).decode_utf8().ok().map(Into::into)
}
