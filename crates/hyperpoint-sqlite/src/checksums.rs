//! Checksums of rows, which SQLite does not have, hashes of keys, and conversions between `u64` and
//! SQLite's integers.

use crc32fast::Hasher;

/// Returns the checksum of an event's sequence number and topic, stored in the column `guard`.
pub(crate) fn guard(seq: u64, topic: u32) -> u32 {
    Sum::default().number(seq).number(u64::from(topic)).value()
}

/// Converts a number to an integer of SQLite. A number above `i64::MAX` becomes `i64::MAX`.
pub(crate) fn int(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

/// Converts an integer of SQLite to a number. A negative integer, which the log never writes,
/// becomes 0.
pub(crate) fn number(int: i64) -> u64 {
    u64::try_from(int).unwrap_or(0)
}

/// Hashes a topic and a key with FNV-1a, whose offset basis is the log's random salt.
pub(crate) fn hash(topic: &str, key: &str, salt: u64) -> i64 {
    const PRIME: u64 = 0x0100_0000_01b3;
    let bytes = topic.bytes().chain([0xff]).chain(key.bytes());
    let hash = bytes.fold(salt, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(PRIME));
    hash.cast_signed()
}

/// A checksum of several fields.
#[derive(Debug, Default)]
pub(crate) struct Sum(Hasher);

impl Sum {
    pub(crate) fn number(mut self, number: u64) -> Self {
        self.0.update(&number.to_le_bytes());
        self
    }

    pub(crate) fn bytes(mut self, bytes: &[u8]) -> Self {
        self.0.update(&(bytes.len() as u64).to_le_bytes());
        self.0.update(bytes);
        self
    }

    pub(crate) fn text(self, text: Option<&str>) -> Self {
        match text {
            Some(text) => self.bytes(text.as_bytes()),
            None => self.number(u64::MAX),
        }
    }

    pub(crate) fn value(self) -> u32 {
        self.0.finalize()
    }
}
