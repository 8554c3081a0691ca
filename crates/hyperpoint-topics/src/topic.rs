//! Owns the handle that users publish with and subscribe by.

use std::error::Error;
use std::fmt;
use std::sync::Arc;

use hyperpoint_core::JsonData;
use hyperpoint_sse::{EventName, StreamItem, TypedEvent};
use serde::Serialize;

use crate::limits::TopicLimits;
use crate::name::TopicName;
use crate::node::Node;
use crate::publish::Publish;

/// A topic: what is published to it goes to all who subscribe. Cheap to clone, and to get anew from
/// [`Topics::topic`](crate::Topics::topic).
///
/// It keeps its newest events up to its [`TopicLimits`], by default 256 KiB and 60 s. A burst that is
/// larger than that is a `gap` even to a fast subscriber; set
/// [`TopicName::limits`](crate::TopicName::limits) to what the largest burst needs.
///
/// A topic of `StreamItem`s has events of mixed types.
pub struct Topic<T> {
    node: Arc<Node>,
    name: TopicName<T>,
}

impl<T> Topic<T> {
    pub(crate) fn new(node: Arc<Node>, name: TopicName<T>) -> Self {
        Self { node, name }
    }

    /// Its name.
    #[must_use]
    pub fn name(&self) -> &str {
        self.name.as_str()
    }

    /// How many streams subscribe to it on this node.
    #[must_use]
    pub fn subscribers(&self) -> usize {
        self.node.hub.subscribers(self.name())
    }

    /// Publishes an event with JSON data, under the name that the topic's events have.
    ///
    /// # Example
    ///
    /// ```
    /// use hyperpoint_topics::{TopicName, Topics};
    ///
    /// const TEMPERATURE: TopicName<f32> = TopicName::new("temperature");
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), hyperpoint_topics::PublishError> {
    /// let topics = Topics::default();
    /// let published = topics.topic(TEMPERATURE).publish(&21.5).await?;
    /// assert_eq!(published.position().sequence, 1);
    /// # Ok(())
    /// # }
    /// ```
    pub fn publish(&self, event: &T) -> Publish<'_>
    where
        T: JsonData,
    {
        Publish::json(self.target(), Ok(self.name.event_name()), event)
    }

    /// Publishes an event with JSON data of any type, under this name.
    ///
    /// # Example
    ///
    /// ```
    /// use hyperpoint_sse::StreamItem;
    /// use hyperpoint_topics::{TopicName, Topics};
    ///
    /// const ROOM: TopicName<StreamItem> = TopicName::new("room");
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), hyperpoint_topics::PublishError> {
    /// let room = Topics::default().topic(ROOM);
    /// room.publish_named("joined", "Ann").await?;
    /// room.publish_named("said", &["hello", "there"]).once("request-7").await?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn publish_named<N, D>(&self, name: N, data: &D) -> Publish<'_>
    where
        N: TryInto<EventName, Error: Error + Send + Sync + 'static>,
        D: Serialize + ?Sized,
    {
        Publish::json(self.target(), name.try_into().map(Some).map_err(Into::into), data)
    }

    /// Publishes a variant of an enum with `#[derive(Events)]`, under its own name. An id that a field
    /// of it gives is not sent: the log gives ids.
    ///
    /// # Example
    ///
    /// ```
    /// use hyperpoint_sse::TypedEvent;
    /// use hyperpoint_topics::{PublishError, Topic};
    ///
    /// async fn tell<E: TypedEvent>(topic: &Topic<E>, event: &E) -> Result<(), PublishError> {
    ///     topic.publish_event(event).await.map(drop)
    /// }
    /// ```
    pub fn publish_event(&self, event: &T) -> Publish<'_>
    where
        T: TypedEvent,
    {
        let name = event.event_name().clone();
        Publish::json(self.target(), Ok(Some(name)), &event.event_data())
    }

    pub(crate) fn node(&self) -> &Arc<Node> {
        &self.node
    }

    pub(crate) fn limits(&self) -> Option<TopicLimits> {
        self.name.own_limits()
    }

    fn target(&self) -> (&Arc<Node>, &str, Option<TopicLimits>) {
        (&self.node, self.name.as_str(), self.limits())
    }
}

impl Topic<StreamItem> {
    /// Publishes an item with its data and its name. An id and a retry that it has are not sent: the
    /// log gives ids, and each stream a retry.
    pub fn publish_item(&self, item: &StreamItem) -> Publish<'_> {
        Publish::item(self.target(), item, self.name.event_name())
    }
}

impl<T> Clone for Topic<T> {
    fn clone(&self) -> Self {
        Self { node: Arc::clone(&self.node), name: self.name.clone() }
    }
}

impl<T> fmt::Debug for Topic<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Topic").field(&self.name.as_str()).finish()
    }
}
