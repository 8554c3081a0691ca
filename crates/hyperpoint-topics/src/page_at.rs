//! [`PageAt`], the position and the direction of a read of past events.

/// The sequence after which a page of events begins, or before which it ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PageAt {
    /// The oldest events after this sequence.
    After(u64),
    /// The newest events before this sequence. The sequence may be after the end of the log.
    Before(u64),
}
