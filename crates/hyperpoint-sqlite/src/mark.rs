//! The file `topics.mark`, which stores the last acknowledged sequence number. When the log is
//! opened, the file reveals whether the database lost its newest events or was replaced by an older
//! copy.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom, Write};

use crate::checksums::Sum;
use crate::folder::{Folder, private};

const BYTES: usize = 20;

/// The newest generation of a log, and the last acknowledged sequence number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Mark {
    pub(crate) generation: u64,
    pub(crate) last_seq: u64,
}

impl Mark {
    /// Reads the mark of a log. Returns `None` if the file is absent or damaged.
    pub(crate) fn read(folder: &Folder) -> io::Result<Option<Self>> {
        let mut bytes = Vec::new();
        match File::open(folder.mark()) {
            Ok(file) => file.take(BYTES as u64).read_to_end(&mut bytes)?,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(error),
        };
        Ok(Self::decode(&bytes))
    }

    fn decode(bytes: &[u8]) -> Option<Self> {
        let (generation, rest) = bytes.split_first_chunk()?;
        let (last_seq, sum) = rest.split_first_chunk()?;
        let generation = u64::from_le_bytes(*generation);
        let mark = Self { generation, last_seq: u64::from_le_bytes(*last_seq) };
        (mark.sum().to_le_bytes() == sum).then_some(mark)
    }

    fn encode(self) -> [u8; BYTES] {
        let mut bytes = [0; BYTES];
        let fields = [&self.generation.to_le_bytes()[..], &self.last_seq.to_le_bytes()];
        let sum = self.sum().to_le_bytes();
        bytes.copy_from_slice(&[fields[0], fields[1], &sum].concat());
        bytes
    }

    fn sum(self) -> u32 {
        Sum::default().number(self.generation).number(self.last_seq).value()
    }
}

/// The file of the mark, open for writing.
#[derive(Debug)]
pub(crate) struct MarkFile {
    file: File,
    generation: u64,
}

impl MarkFile {
    pub(crate) fn open(folder: &Folder, generation: u64) -> io::Result<Self> {
        let file = private().create(true).truncate(false).open(folder.mark())?;
        Ok(Self { file, generation })
    }

    /// Writes the mark without syncing it: a mark that is older than the log is harmless.
    pub(crate) fn write(&mut self, last_seq: u64) -> io::Result<()> {
        let mark = Mark { generation: self.generation, last_seq };
        self.file.seek(SeekFrom::Start(0))?;
        self.file.write_all(&mark.encode())
    }

    pub(crate) fn sync(&self) -> io::Result<()> {
        self.file.sync_all()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mark_is_read_back_and_a_changed_byte_is_noticed() {
        let mark = Mark { generation: 7, last_seq: 1 << 40 };
        let mut bytes = mark.encode();
        assert_eq!(Mark::decode(&bytes), Some(mark));
        assert_eq!(Mark::decode(&bytes[1..]), None);
        bytes[9] ^= 1;
        assert_eq!(Mark::decode(&bytes), None);
    }
}
