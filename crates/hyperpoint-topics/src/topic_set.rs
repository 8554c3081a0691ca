//! Owns what may be subscribed to: one topic, or several on one stream.

use std::fmt;
use std::sync::Arc;

use hyperpoint_sse::StreamItem;

use crate::limits::TopicLimits;
use crate::node::Node;
use crate::topic::Topic;

/// The names of topics, with what each keeps.
pub(crate) type Wanted = Vec<(String, Option<TopicLimits>)>;

/// What a stream may subscribe to: a [`Topic`] gives events of its type, a [`TopicSet`] those of
/// several topics.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no topic with events of type `{T}`",
    label = "no topic of `{T}`",
    note = "where it is a topic of another type, write that type in `type Response = Events<…>;`; \
            for several topics put together with `and`, write `type Response = Events;`",
    note = "where it is no topic, write `&topics.topic(NAME)`, with a field `topics: Arc<Topics>` and \
            a `NAME` of type `TopicName<{T}>`"
)]
pub trait Subscribe<T> {
    /// The topics, with what they keep.
    #[doc(hidden)]
    fn topics(&self) -> TopicSet<T>;
}

/// Several topics on one stream, in the one order in which their events were published.
///
/// # Example
///
/// ```
/// use hyperpoint_topics::{TopicName, Topics};
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
    topics: Wanted,
    events: std::marker::PhantomData<fn() -> T>,
}

impl<T> TopicSet<T> {
    /// A set of these topics, all of one type of events.
    pub fn of<'a>(topics: impl IntoIterator<Item = &'a Topic<T>>) -> Self
    where
        T: 'a,
    {
        topics.into_iter().fold(Self::default(), |set, topic| set.with(topic))
    }

    /// The set with this topic too; once, however often it is put in. Topics of another node than
    /// the first one's are left out: their numbers have nothing to do with each other.
    #[must_use]
    fn with<U>(mut self, topic: &Topic<U>) -> Self {
        let node = self.node.get_or_insert_with(|| Arc::clone(topic.node()));
        let is_known = self.topics.iter().any(|(name, _)| name == topic.name());
        if Arc::ptr_eq(node, topic.node()) && !is_known {
            self.topics.push((topic.name().to_owned(), topic.limits()));
        }
        self
    }

    /// How many topics it has.
    #[must_use]
    pub fn len(&self) -> usize {
        self.topics.len()
    }

    /// Whether it has none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.topics.is_empty()
    }

    pub(crate) fn into_parts(self) -> Option<(Arc<Node>, Wanted)> {
        Some((self.node?, self.topics))
    }
}

impl TopicSet {
    /// The set with this topic too, whatever the type of its events.
    #[must_use]
    pub fn and<U>(self, topic: &Topic<U>) -> Self {
        self.with(topic)
    }
}

impl<T> Topic<T> {
    /// This topic and another one on one stream, whatever the types of their events.
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
