//! Owns what a reader may be given, and what it may ask to be left out.

use std::sync::Arc;

use bytes::Bytes;

use super::block::Meta;
use crate::event::TopicEvent;
use crate::position::Epoch;

/// What a subscriber takes of the events.
pub(crate) type Filter = Arc<dyn Fn(&TopicEvent<'_>) -> bool + Send + Sync>;

/// What is asked of a ring.
#[derive(Clone, Copy)]
pub(crate) struct Query<'a> {
    pub(crate) epoch: Epoch,
    /// Behind this number.
    pub(crate) after: u64,
    /// Up to this number.
    pub(crate) through: u64,
    pub(crate) filter: Option<&'a Filter>,
    pub(crate) choice: Choice,
}

/// Which of the events behind a number are wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Choice {
    All,
    /// Those that no later one of their key replaces.
    Current,
    /// The last.
    Newest,
}

/// What a ring has behind a number.
#[derive(Debug)]
pub(crate) enum Read {
    /// Events, whose bytes follow each other.
    Run { bytes: Bytes, last: u64, events: u32 },
    /// None that is wanted, up to this number.
    Passed(u64),
    /// None up to the number that was asked for.
    Nothing,
    /// Several that are not put together yet.
    Loose,
    /// It began too late: what came next is gone.
    Lost,
    /// It is in another epoch.
    Foreign,
}

impl Query<'_> {
    pub(crate) fn wants(&self, meta: &Meta, bytes: &[u8]) -> bool {
        if self.choice == Choice::Current && meta.is_superseded {
            return false;
        }
        self.filter.is_none_or(|filter| {
            filter(&TopicEvent::new(self.epoch, meta.sequence, meta.key.as_deref(), bytes))
        })
    }

    /// Whether every event behind the number is wanted.
    pub(crate) fn wants_all(&self) -> bool {
        self.filter.is_none() && self.choice == Choice::All
    }
}
