//! Owns which events of a topic are deleted.

/// The events of a topic that are deleted. A deleted event is as if it had never been published: it is no
/// gap.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Deletion {
    /// The event with this sequence.
    Event(u64),
    /// Every event up to this sequence.
    Through(u64),
}

impl Deletion {
    /// Returns the first and the last sequence that may be deleted.
    pub(crate) fn range(self) -> (u64, u64) {
        match self {
            Self::Event(sequence) => (sequence, sequence),
            Self::Through(sequence) => (0, sequence),
        }
    }
}
