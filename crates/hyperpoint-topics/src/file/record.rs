//! Owns the format of an event in a file: a mark, a length, a checksum, and the fields.

use std::time::{Duration, UNIX_EPOCH};

use hyperpoint_sse::EventName;

use crate::backplane::{Draft, Entry};

/// The first bytes of a record, by which records after corrupt bytes are found.
const MARK: [u8; 4] = *b"\x1eHP\x1f";
const HEAD_BYTES: usize = 12;
/// Maximum size of a record in bytes. A greater length is corrupt.
const MAX_BYTES: usize = 64 * 1024 * 1024;

/// An event as it is stored in a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Record {
    pub(super) sequence: u64,
    /// The time of publication, in milliseconds since 1970.
    pub(super) at_ms: u64,
    pub(super) draft: Draft,
}

/// The result of reading at an offset of a file.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Found {
    /// A record, and its size in bytes.
    Record(Box<Record>, usize),
    /// The end of the file.
    End,
    /// Corrupt bytes, or a part of a record.
    Broken,
}

impl Record {
    /// Appends the encoded record to a buffer.
    pub(super) fn write(&self, to: &mut Vec<u8>) {
        let start = to.len();
        to.extend_from_slice(&MARK);
        to.extend_from_slice(&[0; HEAD_BYTES - MARK.len()]);
        to.extend_from_slice(&self.sequence.to_le_bytes());
        to.extend_from_slice(&self.at_ms.to_le_bytes());
        let Draft { topic, name, data, key, once } = &self.draft;
        let name = name.as_ref().map(EventName::as_str);
        for text in [Some(&**topic), name, key.as_deref(), once.as_deref(), Some(data)] {
            put(to, text);
        }
        let body = to.get(start + HEAD_BYTES..).unwrap_or_default();
        let (len, sum) = (u32::try_from(body.len()).unwrap_or(u32::MAX), crc32fast::hash(body));
        if let Some(room) = to.get_mut(start + MARK.len()..start + HEAD_BYTES) {
            let numbers: Vec<u8> =
                [len, sum].iter().flat_map(|number| number.to_le_bytes()).collect();
            room.copy_from_slice(&numbers);
        }
    }

    /// Reads the record at the start of these bytes.
    pub(super) fn read(bytes: &[u8]) -> Found {
        if bytes.is_empty() {
            return Found::End;
        }
        match read(bytes) {
            Some((record, len)) => Found::Record(Box::new(record), len),
            None => Found::Broken,
        }
    }

    /// Returns whether these bytes contain a whole record at any offset.
    pub(super) fn is_in(bytes: &[u8]) -> bool {
        let marks = bytes.windows(MARK.len()).enumerate().filter(|(_, window)| *window == MARK);
        let mut rests = marks.filter_map(|(at, _)| bytes.get(at..));
        rests.any(|rest| read(rest).is_some())
    }

    pub(super) fn into_entry(self) -> Entry {
        let Draft { topic, name, data, key, .. } = self.draft;
        let at = UNIX_EPOCH.checked_add(Duration::from_millis(self.at_ms)).unwrap_or(UNIX_EPOCH);
        Entry { topic, sequence: self.sequence, name, data, key, at }
    }
}

fn read(bytes: &[u8]) -> Option<(Record, usize)> {
    let mut rest = bytes.strip_prefix(&MARK)?;
    let (len, sum) = (take_u32(&mut rest)?, take_u32(&mut rest)?);
    let len = usize::try_from(len).ok().filter(|len| *len <= MAX_BYTES)?;
    let mut body = rest.get(..len)?;
    if crc32fast::hash(body) != sum {
        return None;
    }
    let (sequence, at_ms) = (take_u64(&mut body)?, take_u64(&mut body)?);
    let topic = take(&mut body)??;
    let name = take(&mut body)?.map(|name| EventName::try_from(name).ok());
    let (key, once, data) = (take(&mut body)?, take(&mut body)?, take(&mut body)??);
    // An invalid event name means a corrupt record.
    let name = match name {
        Some(name) => Some(name?),
        None => None,
    };
    let draft = Draft { topic, name, data, key, once };
    Some((Record { sequence, at_ms, draft }, HEAD_BYTES + len))
}

/// Appends a length and the text, or the length `u32::MAX` if there is no text.
fn put(to: &mut Vec<u8>, text: Option<&str>) {
    let len = text.map_or(u32::MAX, |text| u32::try_from(text.len()).unwrap_or(0));
    to.extend_from_slice(&len.to_le_bytes());
    to.extend_from_slice(text.unwrap_or_default().as_bytes());
}

#[expect(clippy::option_option, reason = "an absent text differs from a corrupt one")]
fn take(from: &mut &[u8]) -> Option<Option<String>> {
    let len = take_u32(from)?;
    if len == u32::MAX {
        return Some(None);
    }
    let (text, rest) = from.split_at_checked(usize::try_from(len).ok()?)?;
    *from = rest;
    Some(Some(String::from_utf8(text.to_vec()).ok()?))
}

fn take_u32(from: &mut &[u8]) -> Option<u32> {
    let (number, rest) = from.split_first_chunk()?;
    *from = rest;
    Some(u32::from_le_bytes(*number))
}

fn take_u64(from: &mut &[u8]) -> Option<u64> {
    let (number, rest) = from.split_first_chunk()?;
    *from = rest;
    Some(u64::from_le_bytes(*number))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn record() -> impl Strategy<Value = Record> {
        let text = || proptest::option::of(".{0,9}");
        (
            any::<u64>(),
            any::<u64>(),
            ".{0,9}",
            ".{0,40}",
            proptest::option::of("[a-z]{1,5}x"),
            text(),
            text(),
        )
            .prop_map(|(sequence, at_ms, topic, data, name, key, once)| {
                let name = name.map(|name| EventName::parse(&name).unwrap());
                Record { sequence, at_ms, draft: Draft { topic, name, data, key, once } }
            })
    }

    proptest! {
        #[test]
        fn a_whole_record_is_read_back_and_a_part_of_it_is_broken(record in record(), cut in any::<prop::sample::Index>()) {
            let mut bytes = Vec::new();
            record.write(&mut bytes);
            let len = bytes.len();
            prop_assert_eq!(Record::read(&bytes), Found::Record(Box::new(record), len));
            let cut = cut.index(len);
            if cut > 0 {
                prop_assert_eq!(Record::read(&bytes[..cut]), Found::Broken);
            }
            prop_assert!(!Record::is_in(&bytes[..cut]));
            let behind: Vec<u8> = [b"HP\x1e".as_slice(), &bytes].concat();
            prop_assert!(Record::is_in(&behind));
        }

        #[test]
        fn a_changed_byte_is_detected(record in record(), at in any::<prop::sample::Index>(), by in 1_u8..) {
            let mut bytes = Vec::new();
            record.write(&mut bytes);
            let at = at.index(bytes.len());
            bytes[at] ^= by;
            prop_assert_eq!(Record::read(&bytes), Found::Broken);
        }
    }
}
