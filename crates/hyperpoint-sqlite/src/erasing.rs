//! Owns a deletion that is under way.

use hyperpoint_topics::backplane::Deletion;

/// A deletion, and its progress.
#[derive(Clone, Debug)]
pub(crate) struct Erasing {
    pub(crate) topic: String,
    /// The events to delete. The first part of a purge sets its end to the newest event of the log.
    pub(crate) which: Deletion,
    /// The number up to which a purge has deleted.
    pub(crate) through: u64,
    pub(crate) erased: u64,
}

impl Erasing {
    pub(crate) fn new(topic: String, which: Deletion) -> Self {
        Self { topic, which, through: 0, erased: 0 }
    }
}
