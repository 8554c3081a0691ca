//! [`OutboxEvent`], an event in the form in which an outbox stores it.

use std::error::Error;
use std::fmt;

use hyperpoint_sse::{EventName, StreamItem};

/// An event that an application stores in its own database, in the same transaction as the change
/// that the event reports. [`Publish::into_outbox`](crate::Publish::into_outbox) creates one, and
/// [`OutboxRelay`](crate::outbox::OutboxRelay) publishes it.
///
/// Each field is a column of the table in [`sql`](crate::outbox::sql).
///
/// # Examples
///
/// ```
/// use hyperpoint::topics::{TopicName, Topics};
///
/// const PRICES: TopicName<u32> = TopicName::new("prices");
///
/// let prices = Topics::default().topic(PRICES);
/// let event = prices.publish(&1250).key("ACME").into_outbox()?;
/// assert_eq!((event.topic.as_str(), event.data.as_str()), ("prices", "1250"));
/// # Ok::<(), hyperpoint::PublishError>(())
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct OutboxEvent {
    /// The idempotency key with which the event is published: 32 random hex digits, unless
    /// [`once`](crate::Publish::once) set one. Unique within the topic.
    pub id: String,
    /// The name of the topic.
    pub topic: String,
    /// The name of the event, if it has one.
    pub name: Option<String>,
    /// The data of the event, such as JSON.
    pub data: String,
    /// The key of the event, if it has one.
    pub key: Option<String>,
}

impl OutboxEvent {
    /// Returns the event as an item to publish.
    ///
    /// # Errors
    ///
    /// If the name is not a valid event name.
    pub(crate) fn item(&self) -> Result<StreamItem, Box<dyn Error + Send + Sync>> {
        let item = StreamItem::text(self.data.as_str());
        Ok(match &self.name {
            Some(name) => item.named(EventName::parse(name)?),
            None => item,
        })
    }
}

/// Omits the key and the data, which may be private.
impl fmt::Debug for OutboxEvent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { id, topic, name, .. } = self;
        let mut debug = f.debug_struct("OutboxEvent");
        debug.field("id", id).field("topic", topic).field("name", name).finish_non_exhaustive()
    }
}
