//! The list of the generations of a log. It determines the epoch of an event, and whether a
//! position is in the log's past.

use crate::position::{Epoch, Position};

/// The generations of a log, for implementations of [`Backplane`](super::Backplane).
///
/// # Examples
///
/// ```
/// use hyperpoint::topics::backplane::Generations;
/// use hyperpoint::topics::{Epoch, Position};
///
/// // The log was restored from a copy that ended at 100.
/// let (first, restored) = (Epoch::random(), Epoch::random());
/// let generations = Generations::new([(0, first), (100, restored)]);
/// assert_eq!(generations.epoch_of(100), Some(first));
/// assert_eq!(generations.epoch_of(101), Some(restored));
/// let is_past = |epoch, sequence| generations.includes(Position { epoch, sequence }, 120);
/// assert!(is_past(first, 80) && is_past(restored, 80));
/// assert!(!is_past(first, 110), "the copy does not have this event");
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Generations(Vec<(u64, Epoch)>);

impl Generations {
    /// Creates a list of the newest generations, oldest first: the last sequence before each
    /// generation, and its epoch. Older generations may be left out; clients then cannot resume at
    /// their ids.
    pub fn new(begun: impl IntoIterator<Item = (u64, Epoch)>) -> Self {
        Self(begun.into_iter().collect())
    }

    /// Iterates over the generations, oldest first: the last sequence before each generation, and
    /// its epoch.
    #[must_use]
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = (u64, Epoch)> + ExactSizeIterator + '_ {
        self.0.iter().copied()
    }

    /// Returns the epoch of the newest generation, or `None` if the list is empty.
    #[must_use]
    pub fn newest(&self) -> Option<Epoch> {
        self.0.last().map(|(_, epoch)| *epoch)
    }

    /// Returns the epoch of the event with this sequence, or `None` if the list is empty. For an
    /// event of a generation that is older than the list, returns the oldest epoch in the list: the
    /// id with that epoch is in the log's past too.
    #[must_use]
    pub fn epoch_of(&self, sequence: u64) -> Option<Epoch> {
        let after = self.0.partition_point(|(before, _)| *before < sequence);
        self.0.get(after.saturating_sub(1)).map(|(_, epoch)| *epoch)
    }

    /// Returns the sequence, at most that of `position`, up to which this log has the same events
    /// as the log that assigned the position. `last` is the last sequence of this log. Returns
    /// `None` if the list does not have the epoch of the position.
    #[must_use]
    pub fn shared_through(&self, position: Position, last: u64) -> Option<u64> {
        let at = self.0.iter().position(|(_, epoch)| *epoch == position.epoch)?;
        let end = self.0.get(at + 1).map_or(last, |(before, _)| last.min(*before));
        Some(position.sequence.min(end))
    }

    /// Returns whether a position is in the past of this log, whose last event has the sequence
    /// `last`.
    #[must_use]
    pub fn includes(&self, position: Position, last: u64) -> bool {
        self.shared_through(position, last) == Some(position.sequence)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_position_is_of_the_past_up_to_the_end_of_its_generation() {
        let epoch = Epoch::from_bits;
        let generations = Generations::new([(0, epoch(7)), (10, epoch(8)), (20, epoch(9))]);
        let includes =
            |bits, sequence| generations.includes(Position { epoch: epoch(bits), sequence }, 25);
        assert!(includes(7, 10) && includes(8, 20) && includes(9, 25) && includes(9, 3));
        assert!(!includes(7, 11) && !includes(8, 21) && !includes(9, 26) && !includes(6, 1));
        let epochs: Vec<_> = [1, 10, 11, 20, 21].map(|seq| generations.epoch_of(seq)).into();
        assert_eq!(epochs, [7, 7, 8, 8, 9].map(|bits| Some(epoch(bits))));
    }
}
