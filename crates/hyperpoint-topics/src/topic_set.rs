//! The targets of a subscription: one topic, or several topics on one stream.

use std::fmt;
use std::sync::Arc;

use hyperpoint_sse::StreamItem;

use crate::limits::TopicLimits;
use crate::node::Node;
use crate::topic::Topic;

/// The names of topics, with the limits that each name sets.
pub(crate) type TopicList = Vec<(String, Option<TopicLimits>)>;

/// A target of a subscription with events of type `T`: a [`Topic`], or a [`TopicSet`] of several
/// topics.
///
/// # Examples
///
/// ```
/// use hyperpoint::{Events, Problem, Sent, SendTopic, Subscribe, answer::Send};
///
/// /// Streams one topic, or several, with up to 10 recent events of each.
/// async fn stream_recent(
///     send: Send<'_, Events<u32>>,
///     topics: &impl Subscribe<u32>,
/// ) -> Result<Sent, Problem> {
///     send.topic_async(topics).history(10).await
/// }
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a topic with events of type `{T}`",
    label = "not a topic of `{T}`",
    note = "for a topic with events of another type, declare that type in \
            `type Response = Events<…>;`; for topics that `and` combines, declare \
            `type Response = Events;`",
    note = "for any other value, pass `&topics.topic(NAME)` instead, with a field \
            `topics: Arc<Topics>` and a constant `NAME` of type `TopicName<{T}>`"
)]
pub trait Subscribe<T> {
    /// Returns the set of topics to subscribe to.
    #[doc(hidden)]
    fn topics(&self) -> TopicSet<T>;
}

/// A set of topics for one stream, which sends their events in the order of publication.
///
/// # Examples
///
/// ```
/// use hyperpoint::{TopicName, Topics};
///
/// const NEWS: TopicName<String> = TopicName::new("news");
/// const SCORES: TopicName<u32> = TopicName::new("scores");
///
/// let topics = Topics::default();
/// let both = topics.topic(NEWS).and(&topics.topic(SCORES));
/// assert_eq!(both.len(), 2);
/// ```
pub struct TopicSet<T = StreamItem> {
    node: Option<Arc<Node>>,
    topics: TopicList,
    events: std::marker::PhantomData<fn() -> T>,
}

impl<T> TopicSet<T> {
    /// Creates a set of topics whose events have the same type. Leaves out duplicates, and topics
    /// that belong to another [`Topics`](crate::Topics) than the first topic.
    ///
    /// # Examples
    ///
    /// ```
    /// use hyperpoint::{TopicSet, TopicTemplate, Topics};
    ///
    /// const ROOM: TopicTemplate<String> = TopicTemplate::new("room/{id}");
    ///
    /// let topics = Topics::default();
    /// let rooms = [1, 2, 3].map(|id| topics.topic(ROOM.with([id])));
    /// assert_eq!(TopicSet::of(&rooms).len(), 3);
    /// ```
    pub fn of<'a>(topics: impl IntoIterator<Item = &'a Topic<T>>) -> Self
    where
        T: 'a,
    {
        topics.into_iter().fold(Self::default(), |set, topic| set.with(topic))
    }

    /// Adds a topic, if the set does not have it yet. A topic that belongs to another
    /// [`Topics`](crate::Topics) than the first topic is left out, because their sequences are
    /// unrelated.
    #[must_use]
    fn with<U>(mut self, topic: &Topic<U>) -> Self {
        let node = self.node.get_or_insert_with(|| Arc::clone(topic.node()));
        let is_known = self.topics.iter().any(|(name, _)| name == topic.name());
        if Arc::ptr_eq(node, topic.node()) && !is_known {
            self.topics.push((topic.name().to_owned(), topic.limits()));
        }
        self
    }

    /// Returns the number of topics.
    #[must_use]
    pub fn len(&self) -> usize {
        self.topics.len()
    }

    /// Returns whether the set has no topic.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.topics.is_empty()
    }

    pub(crate) fn into_parts(self) -> Option<(Arc<Node>, TopicList)> {
        Some((self.node?, self.topics))
    }
}

impl TopicSet {
    /// Adds a topic with events of any type, if the set does not have it yet. A topic that belongs
    /// to another [`Topics`](crate::Topics) than the first topic is left out, because their
    /// sequences are unrelated.
    ///
    /// # Examples
    ///
    /// ```
    /// use hyperpoint::{TopicName, TopicSet, Topics};
    ///
    /// const NEWS: TopicName<String> = TopicName::new("news");
    ///
    /// let topics = Topics::default();
    /// assert_eq!(TopicSet::default().and(&topics.topic(NEWS)).len(), 1);
    /// ```
    #[must_use]
    pub fn and<U>(self, topic: &Topic<U>) -> Self {
        self.with(topic)
    }
}

impl<T> Topic<T> {
    /// Combines this topic with another one into a set. Their events may have different types. A
    /// topic that belongs to another [`Topics`](crate::Topics) is left out, because their sequences
    /// are unrelated.
    ///
    /// # Examples
    ///
    /// ```
    /// use hyperpoint::{TopicName, Topics};
    ///
    /// const NEWS: TopicName<String> = TopicName::new("news");
    /// const SCORES: TopicName<u32> = TopicName::new("scores");
    ///
    /// let topics = Topics::default();
    /// let both = topics.topic(NEWS).and(&topics.topic(SCORES));
    /// assert!(!both.is_empty());
    /// ```
    #[must_use]
    pub fn and<U>(&self, other: &Topic<U>) -> TopicSet {
        TopicSet::default().with(self).with(other)
    }
}

impl<T> Subscribe<T> for Topic<T> {
    fn topics(&self) -> TopicSet<T> {
        TopicSet::default().with(self)
    }
}

impl<T> Subscribe<T> for TopicSet<T> {
    fn topics(&self) -> Self {
        self.clone()
    }
}

impl<T> Default for TopicSet<T> {
    fn default() -> Self {
        Self { node: None, topics: Vec::new(), events: std::marker::PhantomData }
    }
}

impl<T> Clone for TopicSet<T> {
    fn clone(&self) -> Self {
        Self { node: self.node.clone(), topics: self.topics.clone(), events: self.events }
    }
}

impl<T> fmt::Debug for TopicSet<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.topics.iter().map(|(name, _)| name)).finish()
    }
}
