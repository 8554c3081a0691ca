//! Positions in a log, and the event ids that encode them.

use std::error::Error;
use std::fmt;

use hyperpoint_sse::EventId;

/// The digits of Crockford's base 32, which lacks `I`, `L`, `O` and `U`.
const DIGITS: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";
const EPOCH_DIGITS: usize = 8;
const SEQUENCE_DIGITS: usize = 12;
const ID_BYTES: usize = EPOCH_DIGITS + 1 + SEQUENCE_DIGITS;

/// Identifies one generation of a log, in 40 bits.
///
/// The embedded log of a [`Topics`](crate::Topics) has only one generation. A
/// [`Backplane`](crate::Backplane) begins a new generation at least whenever its log may have lost
/// its newest events, for example after a restore from a backup. Sequences continue from one
/// generation of a log to the next; sequences of different logs are unrelated.
///
/// # Examples
///
/// ```
/// use hyperpoint::topics::Epoch;
///
/// assert_ne!(Epoch::random(), Epoch::random());
/// assert_eq!(Epoch::from_bits(33).to_string(), "00000011");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Epoch(u64);

impl Epoch {
    const BITS: u32 = 40;

    /// A placeholder for the epoch of a log that is not known yet.
    pub(crate) const UNKNOWN: Self = Self(0);

    /// Returns a random epoch, for a new generation.
    #[must_use]
    pub fn random() -> Self {
        Self::from_bits(fastrand::u64(..))
    }

    /// Returns the epoch with the lowest 40 bits of this number, or the epoch 1 if these are all
    /// zero.
    #[must_use]
    pub fn from_bits(bits: u64) -> Self {
        // Zero is `UNKNOWN`.
        Self((bits & ((1 << Self::BITS) - 1)).max(1))
    }

    /// Returns the 40 bits of the epoch.
    #[must_use]
    pub fn bits(self) -> u64 {
        self.0
    }
}

impl fmt::Display for Epoch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut digits = [0; EPOCH_DIGITS];
        write_digits(&mut digits, self.0);
        f.write_str(str::from_utf8(&digits).unwrap_or_default())
    }
}

/// A position in a log: just after the event with this sequence.
///
/// Its event id is `EEEEEEEE-SSSSSSSSSSSS`, the epoch and the sequence as digits of Crockford's
/// base 32. Ids of one epoch sort as text in the order of their sequences. To order ids of several
/// generations of a log, compare only the parts after the hyphen.
///
/// # Examples
///
/// ```
/// use hyperpoint::topics::{Epoch, InvalidPosition, Position};
///
/// let position = Position { epoch: Epoch::from_bits(10), sequence: 1000 };
/// assert_eq!(position.id().as_str(), "0000000A-0000000000Z8");
/// assert_eq!(Position::parse("0000000A-0000000000Z8")?, position);
/// # Ok::<(), InvalidPosition>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Position {
    /// The epoch of the generation.
    pub epoch: Epoch,
    /// The sequence number of the event, in 60 bits; 0 is before the first event.
    pub sequence: u64,
}

impl Position {
    /// A placeholder for an event id that is not known yet, with the same length.
    pub(crate) const PLACEHOLDER: EventId = EventId::from_static("00000000-000000000000");

    /// Parses an event id.
    ///
    /// # Errors
    ///
    /// Returns [`InvalidPosition`] if the text does not have the form that [`id`](Self::id)
    /// produces.
    pub fn parse(id: &str) -> Result<Self, InvalidPosition> {
        let (epoch, sequence) = id.split_once('-').ok_or(InvalidPosition)?;
        if epoch.len() != EPOCH_DIGITS || sequence.len() != SEQUENCE_DIGITS {
            return Err(InvalidPosition);
        }
        let epoch = read_digits(epoch).filter(|epoch| *epoch != 0).ok_or(InvalidPosition)?;
        let sequence = read_digits(sequence).ok_or(InvalidPosition)?;
        Ok(Self { epoch: Epoch(epoch), sequence })
    }

    /// Returns the id of the event at this position.
    #[must_use]
    pub fn id(self) -> EventId {
        let mut digits = [b'-'; ID_BYTES];
        let (epoch, rest) = digits.split_at_mut(EPOCH_DIGITS);
        write_digits(epoch, self.epoch.0);
        write_digits(rest.get_mut(1..).unwrap_or_default(), self.sequence);
        let id = str::from_utf8(&digits).ok().and_then(|id| EventId::parse(id).ok());
        id.unwrap_or(Self::PLACEHOLDER)
    }
}

impl fmt::Display for Position {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.id().as_str())
    }
}

/// The error for text that is not an event id of a topic.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct InvalidPosition;

impl fmt::Display for InvalidPosition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(
            "invalid event id of a topic; expected the form `EEEEEEEE-SSSSSSSSSSSS` in base 32",
        )
    }
}

impl Error for InvalidPosition {}

/// Fills the buffer with the lowest base-32 digits of the number.
fn write_digits(digits: &mut [u8], mut number: u64) {
    for digit in digits.iter_mut().rev() {
        *digit = usize::try_from(number & 31)
            .ok()
            .and_then(|digit| DIGITS.get(digit))
            .map_or(b'0', |digit| *digit);
        number >>= 5;
    }
}

fn read_digits(text: &str) -> Option<u64> {
    text.bytes().try_fold(0, |number, byte| {
        let digit = DIGITS.iter().position(|digit| *digit == byte)?;
        Some(number << 5 | digit as u64)
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[track_caller]
    fn check_rejected(id: &str) {
        assert_eq!(Position::parse(id), Err(InvalidPosition), "{id}");
    }

    #[test]
    fn text_that_is_not_an_id_is_rejected() {
        check_rejected("");
        check_rejected("7");
        check_rejected("00000000-000000000001");
        check_rejected("0000000a-000000000001");
        check_rejected("0000000A-00000000000");
        check_rejected("0000000A-0000000000001");
        check_rejected("0000000A_000000000001");
        check_rejected("0000000U-000000000001");
        check_rejected("0000000A-0000-0000001");
    }

    proptest! {
        #[test]
        fn an_id_encodes_its_position_and_sorts_by_it(
            bits in any::<u64>(),
            one in 0_u64..1 << 60,
            other in 0_u64..1 << 60,
        ) {
            let epoch = Epoch::from_bits(bits);
            let (one, other) = (Position { epoch, sequence: one }, Position { epoch, sequence: other });
            prop_assert_eq!(Position::parse(one.id().as_str()), Ok(one));
            prop_assert_eq!(one.id().as_str().cmp(other.id().as_str()), one.sequence.cmp(&other.sequence));
        }

        #[test]
        fn parsing_arbitrary_text_does_not_panic(text in "[0-9A-Za-z-]{0,24}|\\PC*") {
            let _ = Position::parse(&text);
        }
    }
}
