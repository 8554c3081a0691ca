//! What keeps events beyond one process, and what each such thing promises.

use std::fmt::Debug;
use std::sync::Arc;
use std::time::SystemTime;

use async_trait::async_trait;
use futures_util::stream::BoxStream;
use hyperpoint_sse::EventName;

use super::error::BackplaneError;
use crate::position::{Epoch, Position};

/// An engine that keeps the log of topics for several nodes, or over the life of one.
///
/// A node publishes to the engine, follows the engine's log once for all its clients, and serves
/// them from rings of its own. What it does not have any more it reads from the engine.
///
/// # What an implementation promises
///
/// * **Order.** The engine gives each event a number. All nodes see all events of an epoch in the
///   order of their numbers, each once. Numbers grow, and may leave some out.
/// * **Durability.** [`publish`](Self::publish) returns once the engine has stored the event, by
///   what storing means to it. An event that was acknowledged is given to every node that follows,
///   also to one that was away, for as long as the engine keeps it.
/// * **What is not acknowledged** may have been stored. A publisher that repeats it with the same
///   [`once`](Draft::once) within the engine's window adds it once.
/// * **Visibility.** No node gives a subscriber an event that the engine may still forget by a
///   restart. An id that a client has never comes to mean another event in its epoch.
/// * **Loss.** What the engine keeps no more is told: by [`Following::position`], which is behind
///   what was asked for, and by [`Page::evicted_through`].
/// * **Epoch.** A log that begins again, or that was cut in the middle, has another epoch.
/// * **Bounds.** No method waits for longer than a bound of its own: an engine that is away is an
///   error, and is asked again.
///
/// The module `conformance`, of the feature of that name, holds an implementation to all this.
#[async_trait]
pub trait Backplane: Debug + Send + Sync + 'static {
    /// Stores an event, and gives its place.
    ///
    /// # Errors
    ///
    /// When the engine is away or does not take it. It may have been stored all the same.
    ///
    /// # Cancel safety
    ///
    /// A publication whose future is dropped may have been stored.
    async fn publish(&self, draft: Draft) -> Result<Stored, BackplaneError>;

    /// Follows the log behind this place; behind its end where none is given.
    ///
    /// # Errors
    ///
    /// When the engine is away.
    async fn follow(&self, after: Option<Position>) -> Result<Following, BackplaneError>;

    /// Reads events of one topic behind this number of the present epoch, up to about so many
    /// bytes of data, at least one where there is one.
    ///
    /// # Errors
    ///
    /// When the engine is away.
    async fn read(
        &self,
        topic: &str,
        after: u64,
        limit_bytes: usize,
    ) -> Result<Page, BackplaneError>;
}

/// An engine that several nodes of one process share.
#[async_trait]
impl<B: Backplane + ?Sized> Backplane for Arc<B> {
    async fn publish(&self, draft: Draft) -> Result<Stored, BackplaneError> {
        (**self).publish(draft).await
    }

    async fn follow(&self, after: Option<Position>) -> Result<Following, BackplaneError> {
        (**self).follow(after).await
    }

    async fn read(
        &self,
        topic: &str,
        after: u64,
        limit_bytes: usize,
    ) -> Result<Page, BackplaneError> {
        (**self).read(topic, after, limit_bytes).await
    }
}

/// An event that is to be stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Draft {
    /// The name of the topic.
    pub topic: String,
    /// The name of the event.
    pub name: Option<EventName>,
    /// The data as text.
    pub data: String,
    /// What a later event of the same key replaces, for subscribers that want the newest of each.
    pub key: Option<String>,
    /// What makes a repeated publication known as one, within the topic and a window of time.
    pub once: Option<String>,
}

/// An event that is stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stored {
    /// Its place.
    pub position: Position,
    /// Whether it was stored before, with the same `once`.
    pub is_duplicate: bool,
}

/// A log that is followed.
pub struct Following {
    /// The place that it is followed from. It is the one that was asked for, or a later one of the
    /// same epoch where the engine does not keep what is between, or one of another epoch.
    pub position: Position,
    /// The events behind it, in order. It ends by an error, and is then followed again.
    pub entries: BoxStream<'static, Result<Entry, BackplaneError>>,
}

/// An event of a log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// The name of the topic.
    pub topic: String,
    /// Its number.
    pub sequence: u64,
    /// The name of the event.
    pub name: Option<EventName>,
    /// The data as text.
    pub data: String,
    /// What a later event of the same key replaces.
    pub key: Option<String>,
    /// When it was stored, by the clock of the engine: a node counts its age from then.
    pub at: SystemTime,
}

/// A part of one topic's past.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Page {
    /// The epoch that it is of.
    pub epoch: Epoch,
    /// The events, in order.
    pub entries: Vec<Entry>,
    /// No event of the topic up to this number is missing in the page, but those that are gone.
    pub through: u64,
    /// Events of the topic up to this number may be gone.
    pub evicted_through: u64,
}

impl Debug for Following {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Following").field("position", &self.position).finish_non_exhaustive()
    }
}
