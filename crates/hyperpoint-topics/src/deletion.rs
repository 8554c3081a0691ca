//! [`Deletion`], the selection of the events to delete from a topic.

/// The events to delete from a topic. A deleted event is no longer delivered, and is not reported
/// as a gap.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Deletion {
    /// The event with this sequence.
    Event(u64),
    /// Every event up to and including this sequence.
    Through(u64),
}

impl Deletion {
    /// Returns the first and the last sequence of the events to delete.
    pub(crate) fn range(self) -> (u64, u64) {
        match self {
            Self::Event(sequence) => (sequence, sequence),
            Self::Through(sequence) => (0, sequence),
        }
    }
}
