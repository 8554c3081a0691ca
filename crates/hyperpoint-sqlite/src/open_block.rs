//! The index of the newest block, which is in memory until the block is full.

use std::collections::BTreeMap;

use rusqlite::Connection;

use crate::block_rows::{encode_offsets, encode_topics};
use crate::checksums::int;
use crate::log_error::Result;
use crate::numbers::{Numbers, before, block_of, first_of};
use crate::scan::scan;

/// The index of the newest block.
#[derive(Debug, Default)]
pub(crate) struct OpenBlock {
    block: u64,
    /// The sequence number up to which the index is complete.
    through: u64,
    /// The offsets of each topic's events in the block.
    topics: BTreeMap<u32, Vec<u16>>,
}

impl OpenBlock {
    /// Completes the index up to the last sequence number of the log.
    pub(crate) fn refresh(
        &mut self,
        connection: &Connection,
        numbers: &Numbers<'_>,
        last_seq: u64,
    ) -> Result<()> {
        let block = block_of(last_seq);
        if block != self.block || self.through > last_seq {
            *self = Self { block, through: before(block), topics: BTreeMap::new() };
        }
        let from = self.through;
        scan(connection, numbers, (from, last_seq), |seq, topic| self.put(seq, topic))?;
        self.through = last_seq;
        Ok(())
    }

    /// Clears the index after a failed transaction.
    pub(crate) fn forget(&mut self) {
        *self = Self::default();
    }

    /// Adds the next event. If the event is in another block, first writes the index of the current
    /// one.
    pub(crate) fn add(&mut self, connection: &Connection, seq: u64, topic: u32) -> Result<()> {
        self.move_to(connection, block_of(seq))?;
        self.put(seq, topic);
        self.through = seq;
        Ok(())
    }

    /// Moves to another block, after writing the index of the current one. Does nothing if `block`
    /// is the current one.
    pub(crate) fn move_to(&mut self, connection: &Connection, block: u64) -> Result<()> {
        if self.block == block {
            return Ok(());
        }
        if !self.topics.is_empty() {
            self.write(connection)?;
        }
        *self = Self { block, through: before(block), topics: BTreeMap::new() };
        Ok(())
    }

    /// Returns the ids of the topics that have events in the block, in ascending order.
    pub(crate) fn topics(&self) -> impl Iterator<Item = u32> + '_ {
        self.topics.keys().copied()
    }

    fn put(&mut self, seq: u64, topic: u32) {
        let offset = u16::try_from(seq - first_of(self.block)).unwrap_or(u16::MAX);
        self.topics.entry(topic).or_default().push(offset);
    }

    fn write(&self, connection: &Connection) -> Result<()> {
        let insert = "INSERT OR REPLACE INTO topic_block VALUES(?1, ?2, ?3)";
        let mut statement = connection.prepare(insert)?;
        for (topic, offsets) in &self.topics {
            let bytes = encode_offsets(self.block, *topic, offsets);
            statement.execute((int(self.block), topic, bytes))?;
        }
        let topics = encode_topics(self.block, self.topics());
        let insert = "INSERT OR REPLACE INTO block VALUES(?1, ?2)";
        connection.execute(insert, (int(self.block), topics))?;
        Ok(())
    }
}
