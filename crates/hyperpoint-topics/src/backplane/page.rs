//! Pages of events that are read from a backplane, and the queries for them.

use std::time::SystemTime;

use super::entry::Entry;
use crate::page_at::PageAt;
use crate::position::Epoch;

/// A query for consecutive events of one topic.
///
/// # Examples
///
/// ```
/// use hyperpoint::topics::backplane::{Page, PageQuery};
/// use hyperpoint::topics::{Backplane, BackplaneError};
///
/// /// Reads up to 50 events before this sequence, up to about 64 KiB of data.
/// async fn older(log: &impl Backplane, before: u64) -> Result<Page, BackplaneError> {
///     let query = PageQuery::before("prices", before, 64 * 1024);
///     log.read(PageQuery { limit_events: 50, ..query }).await
/// }
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PageQuery<'a> {
    /// The name of the topic.
    pub topic: &'a str,
    /// The sequence after which the page begins, or before which it ends.
    pub at: PageAt,
    /// Maximum number of events. 0 counts as 1.
    pub limit_events: usize,
    /// Approximate maximum size of the data of all events, in bytes. A page may have a single event
    /// that exceeds this size.
    pub limit_bytes: usize,
}

/// A query for the newest event of each key of a topic.
///
/// # Examples
///
/// ```
/// use hyperpoint::topics::backplane::KeysQuery;
/// use hyperpoint::topics::{Backplane, BackplaneError};
///
/// /// Reads the newest event of each of the 10 keys that changed last, up to about 64 KiB of data.
/// async fn newest(log: &impl Backplane) -> Result<Vec<String>, BackplaneError> {
///     let query = KeysQuery { topic: "prices", after: 0, limit_keys: 10, limit_bytes: 64 * 1024 };
///     let page = log.read_keys(query).await?;
///     let entries = page.into_iter().flat_map(|page| page.entries);
///     Ok(entries.map(|entry| entry.data).collect())
/// }
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct KeysQuery<'a> {
    /// The name of the topic.
    pub topic: &'a str,
    /// The sequence after which events are read.
    pub after: u64,
    /// Maximum number of keys. If the topic has more, the keys that changed last are read.
    pub limit_keys: usize,
    /// Approximate maximum size of the data of all events, in bytes. A page may have a single event
    /// that exceeds this size.
    pub limit_bytes: usize,
}

/// Consecutive events of one topic, or the newest events of its keys.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Page {
    /// The epoch of the newest generation of the log.
    pub epoch: Epoch,
    /// The events, in the order of the log, each with the epoch of its own generation.
    pub entries: Vec<Entry>,
    /// The sequence just before the range of the page. The page has every event of the topic in
    /// this range, except evicted and deleted ones, or every selected event of a [`KeysQuery`]. For
    /// [`PageAt::After`], the requested sequence, or the last sequence of the log if that is lower.
    pub after: u64,
    /// The last sequence of the range of the page. For [`PageAt::Before`], the sequence just before
    /// the requested one, or the last sequence of the log if that is lower.
    pub through: u64,
    /// The sequence up to which events of the topic may be evicted. If it is higher than `after`,
    /// the page may lack events after `after` and up to this sequence. If it equals `after`, there
    /// are no older events.
    pub evicted_through: u64,
    /// The time of the query on the clock of the backplane, by which events expire.
    pub now: SystemTime,
}

impl<'a> PageQuery<'a> {
    /// Creates a query for the oldest events after this sequence, up to about `limit_bytes` bytes.
    /// The number of events is unlimited.
    #[must_use]
    pub fn after(topic: &'a str, sequence: u64, limit_bytes: usize) -> Self {
        Self { topic, at: PageAt::After(sequence), limit_events: usize::MAX, limit_bytes }
    }

    /// Creates a query for the newest events before this sequence, up to about `limit_bytes` bytes.
    /// The number of events is unlimited.
    #[must_use]
    pub fn before(topic: &'a str, sequence: u64, limit_bytes: usize) -> Self {
        Self { topic, at: PageAt::Before(sequence), limit_events: usize::MAX, limit_bytes }
    }
}
