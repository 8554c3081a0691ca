//! Owns an event of a topic as a filter sees it.

use std::fmt;

use hyperpoint_sse::{Decoded, Decoder, Event, EventId};
use serde::de::DeserializeOwned;

use crate::position::{Epoch, Position};

/// An event of a topic, as a filter sees it. The key costs nothing; the name and the data are
/// decoded when they are asked for, each time and for each subscriber.
pub struct TopicEvent<'a> {
    epoch: Epoch,
    sequence: u64,
    key: Option<&'a str>,
    bytes: &'a [u8],
}

impl<'a> TopicEvent<'a> {
    pub(crate) fn new(epoch: Epoch, sequence: u64, key: Option<&'a str>, bytes: &'a [u8]) -> Self {
        Self { epoch, sequence, key, bytes }
    }

    /// The key that it was published with.
    #[must_use]
    pub fn key(&self) -> Option<&'a str> {
        self.key
    }

    /// Its id.
    #[must_use]
    pub fn id(&self) -> EventId {
        Position { epoch: self.epoch, sequence: self.sequence }.id()
    }

    /// Its name; `message` where it has none.
    #[must_use]
    pub fn name(&self) -> String {
        self.decoded().map(|event| event.name).unwrap_or_default()
    }

    /// Its data as text.
    #[must_use]
    pub fn text(&self) -> String {
        self.decoded().map(|event| event.data).unwrap_or_default()
    }

    /// Its data, read as JSON; none where it is no such thing.
    #[must_use]
    pub fn json<T: DeserializeOwned>(&self) -> Option<T> {
        serde_json::from_str(&self.decoded()?.data).ok()
    }

    fn decoded(&self) -> Option<Event> {
        let mut decoder = Decoder::new();
        decoder.push(self.bytes).ok()?;
        match decoder.pop()? {
            Decoded::Event(event) => Some(event),
            _ => None,
        }
    }
}

impl fmt::Debug for TopicEvent<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TopicEvent").field("id", &self.id()).field("key", &self.key).finish()
    }
}
