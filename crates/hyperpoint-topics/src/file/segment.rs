//! Owns one file of a log: its header, and an index of its records.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use super::record::{Found, Record};
use crate::position::Epoch;

const MAGIC: &[u8; 16] = b"hyperpoint log 1";
const HEAD_BYTES: usize = 36;
/// Distance between two entries of the index, in bytes.
const INDEXED_BYTES: u64 = 64 * 1024;

/// One file of a log.
#[derive(Clone, Debug)]
pub(super) struct Segment {
    pub(super) path: PathBuf,
    /// The lowest sequence that a record of the file can have.
    pub(super) first: u64,
    /// The sequence of the last record, or `first - 1` if there is none.
    pub(super) last: u64,
    pub(super) bytes: u64,
    /// The publication time of the last record, in milliseconds since 1970.
    pub(super) newest_ms: u64,
    /// The sequences of some records, with their offsets.
    index: Vec<(u64, u64)>,
}

/// The result of scanning a file.
pub(super) struct Scanned {
    pub(super) segment: Segment,
    pub(super) epoch: Epoch,
    pub(super) state: State,
}

/// The state in which a file was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum State {
    /// All records are whole.
    Whole,
    /// The last record was written in part.
    Torn,
    /// Whole records follow corrupt bytes, or sequences do not increase.
    Broken,
}

impl Segment {
    /// Creates a file for records from this sequence on.
    pub(super) fn create(folder: &Path, epoch: Epoch, first: u64) -> io::Result<(Self, File)> {
        let path = folder.join(format!("{first:020}.log"));
        let mut head = MAGIC.to_vec();
        head.extend_from_slice(&epoch.bits().to_le_bytes());
        head.extend_from_slice(&first.to_le_bytes());
        let sum = crc32fast::hash(&head);
        head.extend_from_slice(&sum.to_le_bytes());
        let mut file = OpenOptions::new().create(true).truncate(true).write(true).open(&path)?;
        file.write_all(&head)?;
        file.sync_all()?;
        File::open(folder)?.sync_all()?;
        let (last, bytes, index) = (first.saturating_sub(1), HEAD_BYTES as u64, Vec::new());
        Ok((Self { path, first, last, bytes, newest_ms: 0, index }, file))
    }

    /// Opens the file for more records.
    pub(super) fn append(&self) -> io::Result<File> {
        let mut file = OpenOptions::new().write(true).open(&self.path)?;
        file.set_len(self.bytes)?;
        file.seek(SeekFrom::End(0))?;
        file.sync_all()?;
        Ok(file)
    }

    /// Scans a file, and passes each record to `see`. Returns `None` if the header is incomplete.
    pub(super) fn scan(path: &Path, mut see: impl FnMut(&Record)) -> io::Result<Option<Scanned>> {
        let bytes = fs::read(path)?;
        let Some((epoch, first)) = read_head(&bytes) else {
            return Ok(None);
        };
        let (last, index) = (first.saturating_sub(1), Vec::new());
        let mut segment = Self {
            path: path.to_owned(),
            first,
            last,
            bytes: HEAD_BYTES as u64,
            newest_ms: 0,
            index,
        };
        let mut rest = bytes.get(HEAD_BYTES..).unwrap_or_default();
        let state = loop {
            match Record::read(rest) {
                Found::End => break State::Whole,
                Found::Record(record, len) if record.sequence > segment.last => {
                    see(&record);
                    segment.note(&record, len as u64);
                    rest = rest.get(len..).unwrap_or_default();
                }
                Found::Record(..) => break State::Broken,
                Found::Broken if Record::is_in(rest) => break State::Broken,
                Found::Broken => break State::Torn,
            }
        };
        Ok(Some(Scanned { segment, epoch, state }))
    }

    /// Records that a record was appended to the file.
    pub(super) fn note(&mut self, record: &Record, bytes: u64) {
        if self.index.last().is_none_or(|(_, at)| self.bytes - at >= INDEXED_BYTES) {
            self.index.push((record.sequence, self.bytes));
        }
        (self.last, self.newest_ms) = (record.sequence, record.at_ms);
        self.bytes += bytes;
    }

    /// Passes the records after this sequence to `see`, until it returns false. Returns whether all were
    /// read.
    pub(super) fn read(&self, after: u64, mut see: impl FnMut(Record) -> bool) -> io::Result<bool> {
        let place = self.index.partition_point(|(sequence, _)| *sequence <= after);
        let place = place.checked_sub(1).and_then(|place| self.index.get(place));
        let from = place.map_or(HEAD_BYTES as u64, |(_, at)| *at);
        let mut file = File::open(&self.path)?;
        file.seek(SeekFrom::Start(from))?;
        let mut bytes = Vec::new();
        file.take(self.bytes - from).read_to_end(&mut bytes)?;
        let mut rest = bytes.as_slice();
        while let Found::Record(record, len) = Record::read(rest) {
            rest = rest.get(len..).unwrap_or_default();
            if record.sequence > after && !see(*record) {
                return Ok(false);
            }
        }
        match rest.is_empty() {
            true => Ok(true),
            false => {
                Err(io::Error::new(io::ErrorKind::InvalidData, "a record in the file is corrupt"))
            }
        }
    }
}

fn read_head(bytes: &[u8]) -> Option<(Epoch, u64)> {
    let (head, sum) = bytes.get(..HEAD_BYTES)?.split_last_chunk()?;
    if crc32fast::hash(head) != u32::from_le_bytes(*sum) {
        return None;
    }
    let numbers = head.strip_prefix(MAGIC)?;
    let (epoch, rest) = numbers.split_first_chunk()?;
    let (first, _) = rest.split_first_chunk()?;
    Some((Epoch::from_bits(u64::from_le_bytes(*epoch)), u64::from_le_bytes(*first)))
}
