//! Owns the service that all topics of a host come from.

use std::sync::Arc;
use std::time::Duration;

use crate::backplane::Backplane;
use crate::limits::TopicLimits;
use crate::log::Hub;
use crate::meter::TopicMeter;
use crate::name::TopicName;
use crate::node::Node;
use crate::position::Epoch;
use crate::topic::Topic;
use crate::topic_set::Wanted;

/// All topics of a host. A host has one by itself; registered as a service, one of your own takes
/// its place. Cheap to clone.
///
/// A topic is there once it is published to or subscribed to, and is freed when nobody subscribes
/// and its last event is older than its age.
///
/// # Example
///
/// ```
/// use hyperpoint_topics::{TopicLimits, TopicName, Topics};
///
/// const TICKS: TopicName<u32> = TopicName::new("ticks");
///
/// let topics = Topics::new(|options| {
///     options.limits = TopicLimits { events: 1000, ..TopicLimits::DEFAULT };
/// });
/// assert_eq!(topics.topic(TICKS).subscribers(), 0);
/// ```
#[derive(Clone, Debug)]
pub struct Topics {
    node: Arc<Node>,
}

/// Bounds of all topics of a host, each with its default.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct TopicsOptions {
    /// How much of its past a topic keeps, where its name does not say.
    pub limits: TopicLimits,
    /// How many bytes all topics keep together; the oldest events go first. Default: 256 MiB.
    pub total_bytes: usize,
    /// The largest event, in bytes as it is written. Default: 8 MiB.
    pub max_event_bytes: usize,
    /// How long a publication with [`once`](crate::Publish::once) is remembered, on the embedded
    /// log; of the last 100,000. Default: 2 min.
    pub once_window: Duration,
    /// With how many of the newest events of its engine, of all topics, a node begins: for
    /// [`history`](crate::TopicStream::history), and for very many clients that come back at once after
    /// a restart. Default: 10,000.
    pub preload_events: u64,
}

impl Default for TopicsOptions {
    fn default() -> Self {
        Self {
            limits: TopicLimits::DEFAULT,
            total_bytes: 256 * 1024 * 1024,
            max_event_bytes: 8 * 1024 * 1024,
            once_window: Duration::from_mins(2),
            preload_events: 10_000,
        }
    }
}

impl Topics {
    /// Topics on the embedded log, in the memory of this process.
    #[must_use]
    pub fn new(change: impl FnOnce(&mut TopicsOptions)) -> Self {
        let mut options = TopicsOptions::default();
        change(&mut options);
        Self::of(&options, Epoch::random(), None)
    }

    /// Topics of an engine that keeps the log, for several nodes or over the life of one. Until the
    /// engine is found, streams are kept alive and wait.
    ///
    /// Limits and bytes are those of this node: what it does not keep any more, it reads from the
    /// engine.
    #[must_use]
    pub fn with_backplane(
        backplane: impl Backplane,
        change: impl FnOnce(&mut TopicsOptions),
    ) -> Self {
        let mut options = TopicsOptions::default();
        change(&mut options);
        Self::of(&options, Epoch::UNKNOWN, Some(Arc::new(backplane)))
    }

    fn of(options: &TopicsOptions, epoch: Epoch, backplane: Option<Arc<dyn Backplane>>) -> Self {
        let TopicsOptions { limits, total_bytes, max_event_bytes, once_window, preload_events } =
            *options;
        let hub = Hub::new(epoch, limits, total_bytes, once_window);
        let (history, follower, outruns, meter) = Default::default();
        let node = Node {
            hub,
            max_event_bytes,
            preload_events,
            backplane,
            history,
            follower,
            outruns,
            meter,
        };
        Self { node: Arc::new(node) }
    }

    /// What stands for no topic: a stream of it is ready, and has no event.
    pub(crate) fn nothing() -> (Arc<Node>, Wanted) {
        (Self::default().node, Vec::new())
    }

    /// The topic of this name.
    #[must_use]
    pub fn topic<T>(&self, name: TopicName<T>) -> Topic<T> {
        Topic::new(Arc::clone(&self.node), name)
    }

    /// Tells this one what happens from now on. Only the first who asks for it is told.
    pub fn count_for(&self, meter: Arc<dyn TopicMeter>) {
        let _ = self.node.meter.set(meter);
    }

    /// How many topics there are on this node.
    #[must_use]
    pub fn count(&self) -> usize {
        self.node.hub.size().0
    }

    /// The memory that they keep on this node, in bytes, nearly.
    #[must_use]
    pub fn bytes(&self) -> usize {
        self.node.hub.size().1
    }
}

impl Default for Topics {
    fn default() -> Self {
        Self::new(|_| {})
    }
}
