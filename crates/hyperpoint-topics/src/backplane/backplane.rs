//! The [`Backplane`] trait, the guarantees of an implementation, and the types of its methods.

use std::fmt::Debug;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use async_trait::async_trait;
use futures_util::stream::BoxStream;
use hyperpoint_sse::EventName;

use super::counts::LogCounts;
use super::entry::Entry;
use super::error::BackplaneError;
use super::page::{KeysQuery, Page, PageQuery};
use crate::deletion::Deletion;
use crate::position::{Epoch, Position};

/// A store that keeps the log of topics for several nodes, or beyond the lifetime of one process.
///
/// A node is one [`Topics`](crate::Topics) of one process. It publishes to the backplane, follows
/// the log of the backplane once for all clients, and serves the clients from memory. It reads
/// older events from the backplane.
///
/// # Guarantees of an implementation
///
/// * **Order.** The backplane assigns a sequence number to each event. Every [`Following`] delivers
///   the events of a generation in the order of their sequences, each event once, so that all nodes
///   receive the same order. Sequences increase, and may have gaps.
/// * **Durability.** [`publish`](Self::publish) returns after the backplane has stored the event;
///   each backplane defines what stored means. An acknowledged event is delivered to every node
///   that follows, even to a node that was disconnected, as long as the backplane keeps the event.
/// * **Idempotency.** An event that was not acknowledged may have been stored. Publishing it again
///   with the same [`once`](Draft::once), within the window of the backplane, does not store a
///   second event.
/// * **Visibility.** No node delivers an event to a subscriber while the backplane may still lose
///   the event in a restart.
/// * **Loss.** The backplane reports evicted events: by a [`Following::position`] that is later
///   than the requested position, by an error of [`Following::entries`], and by
///   [`Page::evicted_through`].
/// * **Generations.** The events of a log are written in generations. Each generation has an
///   [`Epoch`] of its own, which is random, or at least was never assigned to another generation of
///   this or another log. A generation begins when the log is created, and whenever the backplane
///   cannot be sure to continue after the last event that it ever acknowledged: at least after the
///   log was restored from a copy, lost its newest events, or was deleted and created again. The
///   log keeps the sequence at which each generation began. It may forget old generations; clients
///   then cannot resume at their ids.
/// * **Ids.** The id of an event consists of the epoch of its generation and its sequence. No other
///   event, of this log or of a copy of it, ever gets the same id. [`look_up`](Self::look_up)
///   distinguishes an id of this log's past from an id of another log.
/// * **Deletion.** After a deletion, the backplane neither delivers a deleted event to a node that
///   begins to follow nor returns it in a page. It does not report the event as lost. The log may
///   keep an entry without the data of the event. The entry that reports the deletion of a single
///   event to followers has the [key](Entry::key) of the event, if it has one.
/// * **Timeouts.** Every method has a timeout, and returns an error if the backplane is
///   unavailable. The node retries the calls that subscribers need, and returns the errors of
///   publications, deletions and [`Topic::read`](crate::Topic::read) to the application.
///
/// The module `conformance`, behind the feature of the same name, is a test suite for
/// implementations. It covers these guarantees except visibility, timeouts, and the report of
/// evicted events.
///
/// # Examples
///
/// ```
/// use hyperpoint::async_trait;
/// use hyperpoint::topics::backplane::{
///     Deleted, Deletion, Draft, Following, Lookup, Page, PageQuery, Stored,
/// };
/// use hyperpoint::topics::{Backplane, BackplaneError, Position, Topics};
///
/// /// Stores the events of only one topic in another backplane.
/// #[derive(Debug)]
/// struct OnlyOrders<B>(B);
///
/// #[async_trait]
/// impl<B: Backplane> Backplane for OnlyOrders<B> {
///     async fn publish(&self, draft: Draft) -> Result<Stored, BackplaneError> {
///         if draft.topic != "orders" {
///             return Err(BackplaneError::new("publish an event", "the topic is not `orders`"));
///         }
///         self.0.publish(draft).await
///     }
///
///     async fn follow(&self, after: Option<Position>) -> Result<Following, BackplaneError> {
///         self.0.follow(after).await
///     }
///
///     async fn read(&self, query: PageQuery<'_>) -> Result<Page, BackplaneError> {
///         self.0.read(query).await
///     }
///
///     async fn delete(&self, topic: &str, which: Deletion) -> Result<Deleted, BackplaneError> {
///         self.0.delete(topic, which).await
///     }
///
///     async fn look_up(&self, position: Position) -> Result<Lookup, BackplaneError> {
///         self.0.look_up(position).await
///     }
/// }
///
/// fn orders(backplane: impl Backplane) -> Topics {
///     Topics::with_backplane(OnlyOrders(backplane), |_| {})
/// }
/// ```
#[async_trait]
pub trait Backplane: Debug + Send + Sync + 'static {
    /// Stores an event, and returns its position.
    ///
    /// # Errors
    ///
    /// If the backplane is unavailable or rejects the event, for example as [too
    /// large](BackplaneError::too_large). The event may have been stored nevertheless.
    ///
    /// # Cancel safety
    ///
    /// If the future is dropped, the event may have been stored.
    async fn publish(&self, draft: Draft) -> Result<Stored, BackplaneError>;

    /// Follows the log after this position, or from its end if `after` is `None`. If the position
    /// is not in this log's past, follows the log after the last event that this log shares with
    /// the log that assigned the position, or after a later event.
    ///
    /// # Errors
    ///
    /// If the backplane is unavailable.
    ///
    /// # Cancel safety
    ///
    /// If the future is dropped, the log is not followed.
    async fn follow(&self, after: Option<Position>) -> Result<Following, BackplaneError>;

    /// Reads consecutive events of one topic, of any generation of this log.
    ///
    /// A page may have fewer events than the limits of the query allow, or none, even if the topic
    /// has more. Each page makes progress through the log, so that a caller can read all events
    /// page by page. Forwards, the next page is after [`Page::through`], until `through` is the
    /// last sequence of the log. Backwards, the next page is before [`Page::after`]` + 1`, until
    /// `after` is at most [`Page::evicted_through`].
    ///
    /// # Errors
    ///
    /// If the backplane is unavailable.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future has no effect on the log.
    async fn read(&self, query: PageQuery<'_>) -> Result<Page, BackplaneError>;

    /// Reads the newest event of each key of a topic, oldest first. Includes keys whose newest
    /// event is evicted from the log. Returns `None` if the backplane does not keep the newest
    /// event of each key, which is the default.
    ///
    /// A key has no event if its newest event was deleted or has expired. A backplane may limit the
    /// number of keys, and keep the keys that changed last. The page has every selected event after
    /// [`KeysQuery::after`] and up to [`Page::through`]; the next page is after `through`. The last
    /// page ends at the last sequence of the log, or at least covers every event that a follower of
    /// this node received before the call. [`Page::evicted_through`] is 0, unless the newest events
    /// of some keys are lost, because they are damaged.
    ///
    /// # Errors
    ///
    /// If the backplane is unavailable.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future has no effect on the log.
    async fn read_keys(&self, query: KeysQuery<'_>) -> Result<Option<Page>, BackplaneError> {
        let _ = query;
        Ok(None)
    }

    /// Deletes events of one topic permanently: no later page has them, and every follower receives
    /// one or more entries that [delete](Entry::deletes) them. Sequences, positions and idempotency
    /// keys do not change. An event that is published during the call may be kept even if `which`
    /// covers it.
    ///
    /// # Errors
    ///
    /// If the backplane is unavailable. Some of the events may have been deleted; a retry deletes
    /// the rest, and followers then receive entries for all of them.
    ///
    /// # Cancel safety
    ///
    /// If the future is dropped, some or all of the events may be deleted.
    async fn delete(&self, topic: &str, which: Deletion) -> Result<Deleted, BackplaneError>;

    /// Returns whether a position at which a client resumes is in this log's past, and the newest
    /// epoch of the log.
    ///
    /// # Errors
    ///
    /// If the backplane is unavailable.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future has no effect on the log.
    async fn look_up(&self, position: Position) -> Result<Lookup, BackplaneError>;

    /// Returns the counts of the log, for metrics. A node with a meter calls this method every 5 s,
    /// so it must be cheap. The default implementation returns no counts.
    ///
    /// # Errors
    ///
    /// If the backplane is unavailable.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future has no effect on the log.
    async fn counts(&self) -> Result<LogCounts, BackplaneError> {
        Ok(LogCounts::default())
    }
}

/// Lets several nodes of one process share a backplane.
#[async_trait]
impl<B: Backplane + ?Sized> Backplane for Arc<B> {
    async fn publish(&self, draft: Draft) -> Result<Stored, BackplaneError> {
        (**self).publish(draft).await
    }

    async fn follow(&self, after: Option<Position>) -> Result<Following, BackplaneError> {
        (**self).follow(after).await
    }

    async fn read(&self, query: PageQuery<'_>) -> Result<Page, BackplaneError> {
        (**self).read(query).await
    }

    async fn read_keys(&self, query: KeysQuery<'_>) -> Result<Option<Page>, BackplaneError> {
        (**self).read_keys(query).await
    }

    async fn delete(&self, topic: &str, which: Deletion) -> Result<Deleted, BackplaneError> {
        (**self).delete(topic, which).await
    }

    async fn look_up(&self, position: Position) -> Result<Lookup, BackplaneError> {
        (**self).look_up(position).await
    }

    async fn counts(&self) -> Result<LogCounts, BackplaneError> {
        (**self).counts().await
    }
}

/// An event to be stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Draft {
    /// The name of the topic.
    pub topic: String,
    /// The name of the event, if it has one.
    pub name: Option<EventName>,
    /// The data as text.
    pub data: String,
    /// The key of the event, if it has one. A later event with the same key replaces this event for
    /// subscribers with [`OnLag::Conflate`](crate::OnLag::Conflate).
    pub key: Option<String>,
    /// The time from storing the event to its expiry, or `None` if the event does not expire. The
    /// backplane need not delete an expired event.
    pub expires_after: Option<Duration>,
    /// The idempotency key, if any. The backplane recognizes a repeated publication by it, within
    /// one topic and a time window.
    pub once: Option<String>,
}

/// The result of storing an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stored {
    /// The position of the event, or of the earlier event if this one is a duplicate.
    pub position: Position,
    /// Whether the event is a duplicate: the topic already had an event with the same idempotency
    /// key. No second event was then stored.
    pub is_duplicate: bool,
}

/// The result of deleting events.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Deleted {
    /// The number of deleted events, as far as the backplane knows it. A backplane may also count
    /// its entries of earlier deletions.
    pub events: u64,
    /// The events that are deleted. The sequence of a [`Deletion::Through`] is at most the last
    /// sequence of the log at the time of the deletion.
    pub which: Deletion,
}

/// The result of [`Backplane::follow`]: a position in the log and the stream of entries after it.
pub struct Following {
    /// The position after which the log is followed, with the epoch of the newest generation. Its
    /// sequence is the requested one, or a later one if the events in between are evicted. If no
    /// position was requested, it is the last sequence of the log. If the requested position is not
    /// in this log's past, the sequence may be any.
    pub position: Position,
    /// The time on the clock of the backplane when following began. A node computes the age of
    /// events from it.
    pub now: SystemTime,
    /// The entries after the position, in order. The stream ends after an error; the node then
    /// follows again. The stream must return an error if an entry is evicted before the stream
    /// returns it, even if the entry is a deletion: a stream that skips entries hides the loss of
    /// events, and makes nodes keep deleted events.
    pub entries: BoxStream<'static, Result<Entry, BackplaneError>>,
}

/// The result of [`Backplane::look_up`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Lookup {
    /// The epoch of the newest generation of the log.
    pub epoch: Epoch,
    /// Whether the position is in this log's past: its generation is a generation of this log, and
    /// did not end before its sequence. In the newest generation, the sequence is at most that of
    /// the last event.
    pub is_past: bool,
}

impl Debug for Following {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Following").field("position", &self.position).finish_non_exhaustive()
    }
}
