//! [`Topics`], the service from which a host gets its topics.

use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use crate::backplane::Backplane;
use crate::counting::count_log;
use crate::history::History;
use crate::key_pages::topic_of_list;
use crate::limits::TopicLimits;
use crate::log::Hub;
use crate::meter::TopicMeter;
use crate::name::TopicName;
use crate::node::Node;
use crate::position::Epoch;
use crate::topic::Topic;
use crate::topic_set::TopicList;

/// All topics of a host.
///
/// Every host has a default instance; register your own as a service to replace it. Cloning is
/// cheap.
///
/// A topic is created when it is first published to or subscribed to; with a backplane, also when
/// this node receives an event of it. It is freed after its last event is evicted, by
/// [`TopicLimits::age`] or [`TopicsOptions::total_bytes`], if it has no subscriber.
///
/// # Examples
///
/// ```
/// use hyperpoint::{TopicLimits, TopicName, Topics};
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

/// Options of all topics of a host.
///
/// # Examples
///
/// ```
/// use hyperpoint::Topics;
///
/// let topics = Topics::new(|options| options.total_bytes = 64 * 1024 * 1024);
/// # let _ = topics;
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct TopicsOptions {
    /// The limits of topics whose name sets none. Default: [`TopicLimits::DEFAULT`].
    pub limits: TopicLimits,
    /// Maximum memory of all topics together, in bytes: events, keys, names, idempotency keys, and
    /// about 600 bytes for each topic. The oldest events are evicted first. Pages that are read
    /// from a backplane for clients that resume may take a quarter of this in addition: at least 1
    /// MiB, and at most 64 MiB. Pages with the newest event of each key may take an eighth, within
    /// the same bounds. Default: 256 MiB.
    pub total_bytes: usize,
    /// Maximum encoded size of an event, in bytes. Default: 8 MiB.
    pub max_event_bytes: usize,
    /// How long idempotency keys ([`once`](crate::Publish::once)) are kept on the embedded log. At
    /// most the last 100,000 keys are kept, and fewer if they exceed a quarter of `total_bytes`,
    /// but at least 1,000. A backplane has its own window. Default: 2 min.
    pub once_window: Duration,
    /// Number of the newest events, over all topics, that a node loads from its backplane at the
    /// start. Deleted and expired events do not count, unless there are very many of them. The
    /// events serve [`history`](crate::TopicSubscription::history), and large numbers of
    /// clients that reconnect at once after a restart. Default: 10,000.
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
    /// Creates topics on the embedded log, in the memory of this process.
    ///
    /// # Examples
    ///
    /// ```
    /// use hyperpoint::prelude::*;
    ///
    /// let topics = Arc::new(Topics::new(|options| options.max_event_bytes = 64 * 1024));
    /// let host = Host::new().service(Arc::clone(&topics));
    /// # drop(host);
    /// ```
    #[must_use]
    pub fn new(change: impl FnOnce(&mut TopicsOptions)) -> Self {
        let mut options = TopicsOptions::default();
        change(&mut options);
        Self::of(&options, Epoch::random(), None)
    }

    /// Creates topics on a backplane, which keeps the log for several nodes or beyond the lifetime
    /// of this process. Until the backplane is available, streams are open and wait, with
    /// keep-alive comments.
    ///
    /// The limits in `options` apply to the memory of this node. The node reads older events from
    /// the backplane.
    ///
    /// # Examples
    ///
    /// ```
    /// use hyperpoint::Topics;
    /// use hyperpoint::topics::Backplane;
    ///
    /// /// `backplane` is `hyperpoint::sqlite::SqliteLog` or `hyperpoint::nats::JetStream`.
    /// fn topics(backplane: impl Backplane) -> Topics {
    ///     Topics::with_backplane(backplane, |options| options.preload_events = 1_000)
    /// }
    /// ```
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
        let history = History::new(total_bytes, |topic| topic);
        let keys = History::new(total_bytes / 2, topic_of_list);
        let (scope, follower, counting, burst_warnings, meter) = Default::default();
        let node = Node {
            hub,
            scope,
            max_event_bytes,
            preload_events,
            backplane,
            history,
            keys,
            keeps_no_keys: AtomicBool::new(false),
            follower,
            counting,
            burst_warnings,
            meter,
        };
        Self { node: Arc::new(node) }
    }

    /// Returns an empty set of topics. A subscription to it sends `ready` and no other event.
    pub(crate) fn none() -> (Arc<Node>, TopicList) {
        (Self::default().node, Vec::new())
    }

    /// Returns the topic with this name. The call is cheap: a topic is created when it is first
    /// used.
    ///
    /// # Examples
    ///
    /// ```
    /// use hyperpoint::{TopicName, Topics};
    ///
    /// const TICKS: TopicName<u32> = TopicName::new("ticks");
    ///
    /// let topics = Topics::default();
    /// assert_eq!(topics.topic(TICKS).name(), "ticks");
    /// assert_eq!(topics.count(), 0);
    /// ```
    #[must_use]
    pub fn topic<T>(&self, name: TopicName<T>) -> Topic<T> {
        Topic::new(Arc::clone(&self.node), name)
    }

    /// Reports metrics to this meter from now on. Only the first meter is used; later calls do
    /// nothing.
    ///
    /// A host with metrics calls this method. Outside of a Tokio runtime, the counts of a
    /// backplane's log are reported from the first publication or subscription, if there was none
    /// yet.
    ///
    /// # Examples
    ///
    /// ```
    /// use hyperpoint::prelude::*;
    /// use hyperpoint::{GapReason, topics::TopicMeter};
    ///
    /// #[derive(Debug)]
    /// struct Log;
    ///
    /// impl TopicMeter for Log {
    ///     fn published(&self) {}
    ///     fn gapped(&self, reason: GapReason) {
    ///         eprintln!("gap: {reason}");
    ///     }
    ///     fn lagged(&self, _events: u32) {}
    /// }
    ///
    /// Topics::default().count_for(Arc::new(Log));
    /// ```
    pub fn count_for(&self, meter: Arc<dyn TopicMeter>) {
        let _ = self.node.meter.set(meter);
        count_log(&self.node);
    }

    pub(crate) fn node(&self) -> &Arc<Node> {
        &self.node
    }

    /// Returns the number of topics on this node.
    #[must_use]
    pub fn count(&self) -> usize {
        self.node.hub.size().0
    }

    /// Returns the approximate memory of all topics on this node, in bytes, including the pages
    /// that were read from its backplane.
    #[must_use]
    pub fn bytes(&self) -> usize {
        self.node.hub.size().1 + self.node.history.bytes() + self.node.keys.bytes()
    }
}

impl Default for Topics {
    fn default() -> Self {
        Self::new(|_| {})
    }
}
