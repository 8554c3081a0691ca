//! [`Topic`], the handle of one topic, for publishers and subscribers.

use std::borrow::Cow;
use std::error::Error;
use std::fmt;
use std::marker::PhantomData;
use std::sync::Arc;

use hyperpoint_sse::{EventName, StreamItem, TypedEvent};
use serde::Serialize;

use crate::json_event::JsonEvent;
use crate::limits::TopicLimits;
use crate::name::TopicName;
use crate::node::Node;
use crate::publish::Publish;

/// A handle to one topic. Events that are published to the topic are sent to all its subscribers.
///
/// Cloning it, or getting it again from [`Topics::topic`](crate::Topics::topic), is cheap.
///
/// A topic keeps its newest events within its [`TopicLimits`], by default 256 KiB and 60 s. A burst
/// larger than the limits can cause a `gap` even for a fast subscriber, so set
/// [`TopicName::limits`](crate::TopicName::limits) to fit the largest burst.
///
/// Use the event type [`StreamItem`] for a topic with events of mixed types.
///
/// # Examples
///
/// ```
/// use hyperpoint::prelude::*;
///
/// const TEMPERATURE: TopicName<f32> = TopicName::new("temperature");
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), hyperpoint::PublishError> {
/// let topic: Topic<f32> = Topics::default().topic(TEMPERATURE);
/// topic.publish(&21.5).await?;
/// # Ok(())
/// # }
/// ```
pub struct Topic<T> {
    node: Arc<Node>,
    name: Cow<'static, str>,
    /// The default event name.
    event: Option<&'static str>,
    /// The limits that the topic name sets, if any. Boxed, because most names set none, and
    /// handlers keep topics while their streams are open.
    limits: Option<Box<TopicLimits>>,
    events: PhantomData<fn() -> T>,
}

impl<T> Topic<T> {
    pub(crate) fn new(node: Arc<Node>, name: TopicName<T>) -> Self {
        let (name, event, limits) = name.into_parts();
        Self { node, name, event, limits: limits.map(Box::new), events: PhantomData }
    }

    /// Returns the name of the topic.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    fn event_name(&self) -> Option<EventName> {
        self.event.map(EventName::from_static)
    }

    /// Returns the number of subscriptions to the topic on this node.
    #[must_use]
    pub fn subscribers(&self) -> usize {
        self.node.hub.subscribers(self.name())
    }

    /// Publishes an event with JSON data, under the default event name of the topic
    /// ([`TopicName::event`](crate::TopicName::event)).
    ///
    /// # Examples
    ///
    /// ```
    /// use hyperpoint::{TopicName, Topics};
    ///
    /// const TEMPERATURE: TopicName<f32> = TopicName::new("temperature");
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), hyperpoint::PublishError> {
    /// let topics = Topics::default();
    /// let published = topics.topic(TEMPERATURE).publish(&21.5).await?;
    /// assert_eq!(published.position().sequence, 1);
    /// # Ok(())
    /// # }
    /// ```
    pub fn publish(&self, event: &T) -> Publish<'_>
    where
        T: JsonEvent,
    {
        Publish::json(self.target(), Ok(self.event_name()), event)
    }

    /// Publishes an event with JSON data of any type, under this event name.
    ///
    /// # Examples
    ///
    /// ```
    /// use hyperpoint::{StreamItem, TopicName, Topics};
    ///
    /// const ROOM: TopicName<StreamItem> = TopicName::new("room");
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), hyperpoint::PublishError> {
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

    /// Publishes a variant of an enum with `#[derive(Events)]`, under the event name of the
    /// variant. A field with the event id is not sent as the id, because the log assigns ids.
    ///
    /// # Examples
    ///
    /// ```
    /// use hyperpoint::prelude::*;
    ///
    /// #[derive(Events, Serialize, JsonSchema)]
    /// enum Chat {
    ///     Joined { user: String },
    ///     Said { text: String },
    /// }
    ///
    /// const CHAT: TopicName<Chat> = TopicName::new("chat");
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), hyperpoint::PublishError> {
    /// let chat = Topics::default().topic(CHAT);
    /// chat.publish_event(&Chat::Joined { user: "Ann".to_owned() }).await?;
    /// chat.publish_event(&Chat::Said { text: "hello".to_owned() }).await?;
    /// # Ok(())
    /// # }
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
        self.limits.as_deref().copied()
    }

    fn target(&self) -> (&Arc<Node>, &str, Option<TopicLimits>) {
        (&self.node, self.name(), self.limits())
    }
}

impl Topic<StreamItem> {
    /// Publishes an item with its data, under its event name, or under the default event name of
    /// the topic if the item has none. The id and the `retry` of the item are not sent, because the
    /// log assigns ids, and each stream sets its own `retry`.
    ///
    /// # Examples
    ///
    /// ```
    /// use hyperpoint::{EventName, StreamItem, TopicName, Topics};
    ///
    /// const ROOM: TopicName<StreamItem> = TopicName::new("room");
    /// const NOTE: EventName = EventName::from_static("note");
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), hyperpoint::PublishError> {
    /// let room = Topics::default().topic(ROOM);
    /// room.publish_item(&StreamItem::text("hello").named(NOTE)).await?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn publish_item(&self, item: &StreamItem) -> Publish<'_> {
        Publish::item(self.target(), item, self.event_name())
    }
}

impl<T> Clone for Topic<T> {
    fn clone(&self) -> Self {
        let (node, name) = (Arc::clone(&self.node), self.name.clone());
        Self { node, name, event: self.event, limits: self.limits.clone(), events: PhantomData }
    }
}

impl<T> fmt::Debug for Topic<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Topic").field(&self.name()).finish()
    }
}
