//! Owns what is known of a log's past: which generation wrote an event, and whether a position that a client
//! names is of this log.

use hyperpoint_topics::{Epoch, Position};

use crate::generations::Generations;

/// The generations of a log that is open.
#[derive(Debug, Default)]
pub(crate) struct Past {
    /// The last number before each generation, with its epoch, oldest first. None between is absent.
    begun: Vec<(u64, Epoch)>,
    /// Ranges of numbers that no event has, in order: after the first number, up to the second.
    pub(crate) skips: Vec<(u64, u64)>,
}

impl Past {
    pub(crate) fn of(generations: &Generations) -> Self {
        let begun = generations.unbroken();
        let begun = begun.iter().map(|of| (of.follows, Epoch::from_bits(of.epoch))).collect();
        Self { begun, skips: generations.skips() }
    }

    /// Returns the epoch of the newest generation.
    pub(crate) fn newest(&self) -> Option<Epoch> {
        self.begun.last().map(|(_, epoch)| *epoch)
    }

    /// Returns the epoch of the generation that wrote this number. An event that is older than all known
    /// generations is named by the oldest of them, which goes on after it.
    pub(crate) fn epoch_of(&self, seq: u64) -> Option<Epoch> {
        let index = self.begun.partition_point(|(follows, _)| *follows < seq);
        self.begun.get(index.saturating_sub(1)).map(|(_, epoch)| *epoch)
    }

    /// Returns the last number that this log has in common with one in which the position was given.
    pub(crate) fn shared_through(&self, position: Position, last_seq: u64) -> Option<u64> {
        let at = self.begun.iter().position(|(_, epoch)| *epoch == position.epoch)?;
        let end = self.begun.get(at + 1).map_or(last_seq, |(follows, _)| *follows);
        Some(position.sequence.min(end))
    }

    /// Returns whether a position is of this log's past.
    pub(crate) fn includes(&self, position: Position, last_seq: u64) -> bool {
        self.shared_through(position, last_seq) == Some(position.sequence)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn position(epoch: u64, sequence: u64) -> Position {
        Position { epoch: Epoch::from_bits(epoch), sequence }
    }

    #[test]
    fn a_position_is_of_the_past_up_to_the_end_of_its_generation() {
        let begun = [(0, 7), (10, 8), (20, 9)];
        let begun = begun.map(|(follows, epoch)| (follows, Epoch::from_bits(epoch))).into();
        let past = Past { begun, skips: Vec::new() };
        let includes = |epoch, sequence| past.includes(position(epoch, sequence), 25);
        assert!(includes(7, 10) && includes(8, 20) && includes(9, 25) && includes(9, 3));
        assert!(!includes(7, 11) && !includes(8, 21) && !includes(9, 26) && !includes(6, 1));
        let epochs: Vec<_> = [1, 10, 11, 20, 21].map(|seq| past.epoch_of(seq)).into();
        assert_eq!(epochs, [7, 7, 8, 8, 9].map(|epoch| Some(Epoch::from_bits(epoch))));
    }
}
