//! Owns the place of an event in a log, and the id that says it to a client.

use std::error::Error;
use std::fmt;

use hyperpoint_sse::EventId;

/// The digits of Crockford's base 32: no `I`, `L`, `O` and `U`.
const DIGITS: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";
const EPOCH_DIGITS: usize = 8;
const SEQUENCE_DIGITS: usize = 12;
const ID_BYTES: usize = EPOCH_DIGITS + 1 + SEQUENCE_DIGITS;

/// One life of a log: numbers of two epochs have nothing to do with each other. 40 bits.
///
/// # Example
///
/// ```
/// use hyperpoint_topics::Epoch;
///
/// assert_ne!(Epoch::random(), Epoch::random());
/// assert_eq!(Epoch::from_bits(33).to_string(), "00000011");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Epoch(u64);

impl Epoch {
    const BITS: u32 = 40;

    /// Of a log that was not found yet.
    pub(crate) const UNKNOWN: Self = Self(0);

    /// The epoch of a log that begins now.
    #[must_use]
    pub fn random() -> Self {
        Self::from_bits(fastrand::u64(..))
    }

    /// The epoch of these bits, of which the lowest 40 count.
    #[must_use]
    pub fn from_bits(bits: u64) -> Self {
        // Zero stands for none.
        Self((bits & ((1 << Self::BITS) - 1)).max(1))
    }

    /// The bits, of which no more than 40 are set.
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

/// A place in a log: behind the event of this number. Its id is `EEEEEEEE-SSSSSSSSSSSS`, of digits
/// of Crockford's base 32, so that ids of one epoch sort as text.
///
/// # Example
///
/// ```
/// use hyperpoint_topics::{Epoch, Position};
///
/// let position = Position { epoch: Epoch::from_bits(10), sequence: 1000 };
/// assert_eq!(position.id().as_str(), "0000000A-0000000000Z8");
/// assert_eq!(Position::parse("0000000A-0000000000Z8")?, position);
/// # Ok::<(), hyperpoint_topics::InvalidPosition>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Position {
    /// Which life of the log.
    pub epoch: Epoch,
    /// The number of the event; 0 is before the first. 60 bits.
    pub sequence: u64,
}

impl Position {
    /// Room for an id that is not known yet.
    pub(crate) const ROOM: EventId = EventId::from_static("00000000-000000000000");

    /// The place that an id says.
    ///
    /// # Errors
    ///
    /// [`InvalidPosition`] for anything but the form that [`id`](Self::id) gives.
    pub fn parse(id: &str) -> Result<Self, InvalidPosition> {
        let (epoch, sequence) = id.split_once('-').ok_or(InvalidPosition)?;
        if epoch.len() != EPOCH_DIGITS || sequence.len() != SEQUENCE_DIGITS {
            return Err(InvalidPosition);
        }
        let epoch = read_digits(epoch).filter(|epoch| *epoch != 0).ok_or(InvalidPosition)?;
        let sequence = read_digits(sequence).ok_or(InvalidPosition)?;
        Ok(Self { epoch: Epoch(epoch), sequence })
    }

    /// The id of the event at this place.
    #[must_use]
    pub fn id(self) -> EventId {
        let mut digits = [b'-'; ID_BYTES];
        let (epoch, rest) = digits.split_at_mut(EPOCH_DIGITS);
        write_digits(epoch, self.epoch.0);
        write_digits(rest.get_mut(1..).unwrap_or_default(), self.sequence);
        let id = str::from_utf8(&digits).ok().and_then(|id| EventId::parse(id).ok());
        id.unwrap_or(Self::ROOM)
    }
}

impl fmt::Display for Position {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.id().as_str())
    }
}

/// The text is no id of an event of a topic.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct InvalidPosition;

impl fmt::Display for InvalidPosition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("parse the id of an event of a topic")
    }
}

impl Error for InvalidPosition {}

/// Fills the room with the lowest digits of the number.
fn write_digits(room: &mut [u8], mut number: u64) {
    for place in room.iter_mut().rev() {
        *place = usize::try_from(number & 31)
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
    fn check_refused(id: &str) {
        assert_eq!(Position::parse(id), Err(InvalidPosition), "{id}");
    }

    #[test]
    fn what_is_no_id_is_refused() {
        check_refused("");
        check_refused("7");
        check_refused("00000000-000000000001");
        check_refused("0000000a-000000000001");
        check_refused("0000000A-00000000000");
        check_refused("0000000A-0000000000001");
        check_refused("0000000A_000000000001");
        check_refused("0000000U-000000000001");
        check_refused("0000000A-0000-0000001");
    }

    proptest! {
        #[test]
        fn an_id_says_its_place_and_sorts_as_it(
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
        fn any_text_is_parsed_or_refused(text in "[0-9A-Za-z-]{0,24}|\\PC*") {
            let _ = Position::parse(&text);
        }
    }
}
