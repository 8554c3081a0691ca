//! [`TopicEvent`], the view of an event that a filter receives.

use std::fmt;

use hyperpoint_sse::{Decoded, Decoder, Event, EventId};

use crate::position::Position;
use serde::de::DeserializeOwned;

/// An event of a topic, as a filter receives it.
///
/// Reading the key is cheap. The id, the name and the data are decoded on each call, for each
/// subscriber.
///
/// # Examples
///
/// ```
/// use hyperpoint::TopicEvent;
/// use hyperpoint::prelude::*;
///
/// const PRICES: TopicName<u32> = TopicName::new("prices");
///
/// /// Selects the prices of one symbol, and all prices over 1,000.
/// fn is_relevant(event: &TopicEvent<'_>) -> bool {
///     event.key() == Some("ACME") || event.json::<u32>().is_some_and(|cents| cents > 1_000)
/// }
///
/// #[derive(Endpoint)]
/// struct Prices {
///     topics: Arc<Topics>,
/// }
///
/// impl Endpoint for Prices {
///     type Request = ();
///     type Response = Events<u32>;
///
///     fn configure(config: &mut Config) {
///         config.get("/prices");
///         config.allow_anonymous();
///     }
///
///     async fn handle(&self, (): (), cx: Cx<'_, Self>) -> Result {
///         cx.send.topic_async(&self.topics.topic(PRICES)).filter(is_relevant).await
///     }
/// }
/// ```
pub struct TopicEvent<'a> {
    key: Option<&'a str>,
    bytes: &'a [u8],
}

impl<'a> TopicEvent<'a> {
    pub(crate) fn new(key: Option<&'a str>, bytes: &'a [u8]) -> Self {
        Self { key, bytes }
    }

    /// Returns the key with which the event was published ([`Publish::key`](crate::Publish::key)),
    /// or `None` if it has no key.
    #[must_use]
    pub fn key(&self) -> Option<&'a str> {
        self.key
    }

    /// Returns the event id.
    #[must_use]
    pub fn id(&self) -> EventId {
        let id = self.decoded().and_then(|event| EventId::parse(&event.id?).ok());
        id.unwrap_or(Position::PLACEHOLDER)
    }

    /// Returns the event name, or `message` if the event has none.
    #[must_use]
    pub fn name(&self) -> String {
        self.decoded().map(|event| event.name).unwrap_or_default()
    }

    /// Returns the data as text.
    #[must_use]
    pub fn text(&self) -> String {
        self.decoded().map(|event| event.data).unwrap_or_default()
    }

    /// Returns the data deserialized from JSON, or `None` if it is not JSON of this type.
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
