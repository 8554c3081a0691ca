//! Owns the direction in which the past of a topic is read.

/// Where a page of events is in the log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PageAt {
    /// The oldest events after this sequence.
    After(u64),
    /// The newest events before this sequence, which may be later than the end of the log.
    Before(u64),
}
