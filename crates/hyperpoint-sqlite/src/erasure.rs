//! Owns the deletion of events: their rows are kept as places without data, and an entry of the log tells
//! the followers.

use hyperpoint_topics::backplane::{Deleted, Deletion, Draft};

use crate::block_rows::BlockRows;
use crate::checksums::int;
use crate::erasing::Erasing;
use crate::event_rows::{EventRows, Kind, sum};
use crate::log_error::Result;
use crate::numbers::block_of;
use crate::snapshot::Snapshot;
use crate::topic_page::numbers_in;
use crate::writer::Writer;

/// Number of events after which a transaction ends. It has at most the events of one block more.
const ROWS: u64 = 2_000;
/// Maximum number of blocks that are looked up in a transaction.
const BLOCKS: u64 = 512;

impl Erasing {
    /// Does a part of the deletion, in one transaction. Returns the result once all of it is done. The last
    /// transaction has the entry for followers.
    pub(crate) fn advance(&mut self, writer: &mut Writer<'_>) -> Result<Option<Deleted>> {
        // What is freed is overwritten.
        writer.connection.execute_batch("PRAGMA secure_delete = ON")?;
        let mut part = Self { topic: self.topic.clone(), ..*self };
        let done = writer.transact(|writer| {
            let Some(topic) = writer.find_topic(&part.topic)? else {
                let through = Deletion::Through(writer.state.last_seq);
                return Ok(Some(part.deleted(through)));
            };
            match part.which {
                Deletion::Event(seq) => part.erase_one(writer, topic, seq).map(Some),
                Deletion::Through(seq) => part.erase_through(writer, topic, seq),
            }
        })?;
        writer.connection.execute_batch("PRAGMA secure_delete = OFF")?;
        *self = part;
        Ok(done)
    }

    fn deleted(&self, through: Deletion) -> Deleted {
        let which = match self.which {
            Deletion::Event(_) => self.which,
            Deletion::Through(_) => through,
        };
        Deleted { events: self.erased, which }
    }

    fn erase_one(&mut self, writer: &mut Writer<'_>, topic: u32, seq: u64) -> Result<Deleted> {
        let is_kept = (writer.state.evicted_through + 1..=writer.state.last_seq).contains(&seq);
        if is_kept {
            self.erased = self.erase(writer, &[seq])?;
        }
        if self.erased > 0 {
            writer.insert_deletion(&self.topic, topic, self.which)?;
        }
        Ok(self.deleted(self.which))
    }

    fn erase_through(
        &mut self,
        writer: &mut Writer<'_>,
        topic: u32,
        through: u64,
    ) -> Result<Option<Deleted>> {
        let (first, last) = (writer.state.evicted_through + 1, writer.state.last_seq.min(through));
        self.block = self.block.max(block_of(first));
        let (end, mut rows) = (block_of(last), 0);
        let pause = self.block + BLOCKS;
        while self.block <= end && first <= last {
            let of = (self.block, topic);
            let numbers = {
                let (connection, past) = (writer.connection, writer.past());
                let snapshot = Snapshot { connection, state: writer.state.clone(), past };
                let mut index = BlockRows::prepare(connection)?;
                numbers_in(&snapshot, &mut index, of, (first, last))?
            };
            let numbers: Vec<_> = numbers.into_iter().map(|(seq, _)| seq).collect();
            rows += self.erase(writer, &numbers)?;
            if self.block < end && (rows >= ROWS || self.block >= pause) {
                self.block += 1;
                self.erased += rows;
                return Ok(None);
            }
            self.block += 1;
        }
        self.erased += rows;
        let which = Deletion::Through(last);
        writer.insert_deletion(&self.topic, topic, which)?;
        Ok(Some(self.deleted(which)))
    }

    /// Erases the events of the topic with these numbers. Damaged ones stay as they are. Returns their number.
    fn erase(&self, writer: &Writer<'_>, numbers: &[u64]) -> Result<u64> {
        let mut events = EventRows::prepare(writer.connection, writer.past())?;
        let mut update = writer.connection.prepare(
            "UPDATE event SET name = NULL, key = NULL, data = '', expires_ms = NULL, kind = ?2, sum = ?3 WHERE seq = ?1",
        )?;
        let mut erased = 0;
        for seq in numbers {
            let found = events.one(*seq)?.filter(|found| found.draft.topic == self.topic);
            let Some(found) = found.filter(|found| found.kind == Kind::Event) else { continue };
            let draft = Draft {
                name: None,
                key: None,
                expires_after: None,
                data: String::new(),
                ..found.draft
            };
            let sum = sum(*seq, found.at_ms, Kind::Erased, &draft);
            update.execute((int(*seq), Kind::Erased as u8, sum))?;
            erased += 1;
        }
        Ok(erased)
    }
}
