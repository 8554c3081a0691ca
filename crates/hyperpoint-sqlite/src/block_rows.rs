//! The rows of the block index: the topics of each block, and the offsets of each topic's events.

use rusqlite::{Connection, OptionalExtension, Statement};

use crate::checksums::{Sum, int};
use crate::log_error::{LogError, Result};
use crate::numbers::first_of;
use crate::scan::DAMAGED;

const SUM_BYTES: usize = 4;

/// Encodes the offsets of a topic's events in a block, in ascending order, with a checksum.
pub(crate) fn encode_offsets(block: u64, topic: u32, offsets: &[u16]) -> Vec<u8> {
    let bytes = offsets.iter().flat_map(|offset| offset.to_le_bytes()).collect();
    with_sum(bytes, block, u64::from(topic))
}

/// Encodes the ids of the topics of a block, in ascending order, with a checksum.
pub(crate) fn encode_topics(block: u64, topics: impl Iterator<Item = u32>) -> Vec<u8> {
    with_sum(topics.flat_map(u32::to_le_bytes).collect(), block, u64::MAX)
}

fn with_sum(mut bytes: Vec<u8>, block: u64, of: u64) -> Vec<u8> {
    let sum = Sum::default().number(block).number(of).bytes(&bytes).value();
    bytes.extend_from_slice(&sum.to_le_bytes());
    bytes
}

fn without_sum(mut bytes: Vec<u8>, block: u64, of: u64) -> Option<Vec<u8>> {
    let body = bytes.len().checked_sub(SUM_BYTES)?;
    let told = bytes.split_off(body);
    let sum = Sum::default().number(block).number(of).bytes(&bytes).value();
    (told == sum.to_le_bytes()).then_some(bytes)
}

/// Prepared statements that read the block index.
pub(crate) struct BlockRows<'c> {
    topics: Statement<'c>,
    offsets: Statement<'c>,
}

impl<'c> BlockRows<'c> {
    pub(crate) fn prepare(connection: &'c Connection) -> Result<Self> {
        let offsets = "SELECT offsets FROM topic_block WHERE block = ?1 AND topic = ?2";
        Ok(Self {
            topics: connection.prepare("SELECT topics FROM block WHERE block = ?1")?,
            offsets: connection.prepare(offsets)?,
        })
    }

    /// Returns the sequence numbers of a topic's events in a block, in order. Returns `None` if the
    /// index is absent or damaged, or if the block has damaged events, whose topic is unknown.
    pub(crate) fn numbers(&mut self, block: u64, topic: u32) -> Result<Option<Vec<u64>>> {
        match self.topics(block)? {
            Some(topics) if topics.first() == Some(&DAMAGED) => Ok(None),
            Some(topics) if topics.binary_search(&topic).is_err() => Ok(Some(Vec::new())),
            Some(_) => self.offsets(block, topic),
            None => Ok(None),
        }
    }

    /// Returns the ids of the topics that have events in a block, in ascending order. [`DAMAGED`]
    /// is among them if the block has damaged events. Returns `None` if the row is absent or
    /// damaged.
    pub(crate) fn topics(&mut self, block: u64) -> Result<Option<Vec<u32>>> {
        let found = self.topics.query_row([int(block)], |row| row.get(0)).optional();
        let bytes = unless_damaged(found)?.and_then(|bytes| without_sum(bytes, block, u64::MAX));
        let number = |bytes: &[u8; 4]| u32::from_le_bytes(*bytes);
        Ok(bytes.map(|bytes| bytes.as_chunks().0.iter().map(number).collect()))
    }

    fn offsets(&mut self, block: u64, topic: u32) -> Result<Option<Vec<u64>>> {
        let found = self.offsets.query_row((int(block), topic), |row| row.get(0)).optional();
        let bytes = unless_damaged(found)?.and_then(|b| without_sum(b, block, u64::from(topic)));
        let number = |bytes: &[u8; 2]| first_of(block) + u64::from(u16::from_le_bytes(*bytes));
        Ok(bytes.map(|bytes| bytes.as_chunks().0.iter().map(number).collect()))
    }
}

fn unless_damaged(found: rusqlite::Result<Option<Vec<u8>>>) -> Result<Option<Vec<u8>>> {
    match found.map_err(LogError::from) {
        Err(error) if error.is_damage() => Ok(None),
        found => found,
    }
}
