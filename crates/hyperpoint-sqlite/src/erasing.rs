//! The state of an unfinished deletion.

use hyperpoint_topics::backplane::Deletion;

/// A deletion and its progress.
#[derive(Clone, Debug)]
pub(crate) struct Erasing {
    pub(crate) topic: String,
    /// The events to delete.
    pub(crate) which: Deletion,
    /// Whether the end of a purge, a deletion of all events up to a sequence number, is set. Events
    /// after the end were published after the purge was requested.
    has_end: bool,
    /// The sequence number up to which a purge has deleted events.
    pub(crate) through: u64,
    pub(crate) erased: u64,
}

impl Erasing {
    pub(crate) fn new(topic: String, which: Deletion) -> Self {
        Self { topic, which, has_end: false, through: 0, erased: 0 }
    }

    /// Returns whether the deletion is a purge whose end is not set.
    pub(crate) fn is_endless(&self) -> bool {
        matches!(self.which, Deletion::Through(_)) && !self.has_end
    }

    /// Ends a purge at `last_seq`, the newest event of the log, unless its end is set already.
    pub(crate) fn end_at(&mut self, last_seq: u64) {
        if let Deletion::Through(end) = self.which
            && !self.has_end
        {
            self.which = Deletion::Through(end.min(last_seq));
            self.has_end = true;
        }
    }
}
