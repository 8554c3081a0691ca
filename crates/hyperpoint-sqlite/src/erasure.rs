//! Deletion of events: the row of a deleted event keeps its sequence number and idempotency key
//! without the data, and an entry of the log reports the deletion to the followers.

use hyperpoint_topics::backplane::{Deleted, Deletion, Draft};
use rusqlite::Statement;

use crate::block_rows::BlockRows;
use crate::checksums::{guard, int};
use crate::erasing::Erasing;
use crate::event_rows::{EventRows, Kind, sum};
use crate::event_size::size;
use crate::log_error::Result;
use crate::log_state::LogState;
use crate::newest_rows::{delete_one, delete_through};
use crate::numbers::{block_of, last_of};
use crate::snapshot::Snapshot;
use crate::topic_page::numbers_in;
use crate::writer::Writer;

/// Maximum number of events that a transaction deletes.
const ROWS: u64 = 2_000;
/// Size of the deleted events after which a transaction ends, in bytes. The transaction overwrites
/// the pages that these events free.
const BYTES: usize = 8 * 1024 * 1024;
/// Maximum number of events that a transaction looks up, since some may be deleted already.
const LOOKUPS: u64 = 20_000;
/// Maximum number of blocks that a transaction looks up.
const BLOCKS: u64 = 512;

impl Erasing {
    /// Runs one part of the deletion in its own transaction. Returns the result if the deletion is
    /// complete, or `None` if another part must follow. Each part that deletes events adds an entry
    /// to the log, so that followers are notified even if no other part follows.
    pub(crate) fn advance(&mut self, writer: &mut Writer<'_>) -> Result<Option<Deleted>> {
        match self.advance_by(writer, None) {
            // Damage to the table `newest` may be reported in place of damage to the events.
            Err(error) if error.is_damage() => {
                let plan = Plan::of(self, writer)?;
                self.advance_by(writer, Some(plan))
            }
            done => done,
        }
    }

    /// Runs one part of the deletion, of the events in the plan if there is one.
    fn advance_by(
        &mut self,
        writer: &mut Writer<'_>,
        plan: Option<Plan>,
    ) -> Result<Option<Deleted>> {
        let mut advanced = self.clone();
        let done = writer.transact_overwriting(|writer| {
            advanced.end_at(writer.state.last_seq);
            let Some(topic) = writer.find_topic(&advanced.topic)? else {
                return Ok(Some(advanced.deleted()));
            };
            let part = Part::prepare(writer, plan)?;
            match advanced.which {
                Deletion::Event(seq) => advanced.erase_one(writer, part, (topic, seq)).map(Some),
                Deletion::Through(end) => advanced.erase_through(writer, part, (topic, end)),
            }
        })?;
        *self = advanced;
        Ok(done)
    }

    fn deleted(&self) -> Deleted {
        Deleted { events: self.erased, which: self.which }
    }

    fn erase_one(
        &mut self,
        writer: &mut Writer<'_>,
        mut part: Part<'_>,
        (topic, seq): (u32, u64),
    ) -> Result<Deleted> {
        let is_kept = (writer.state.evicted_through + 1..=writer.state.last_seq).contains(&seq);
        let is_newest = delete_one(writer.connection, &mut writer.state, topic, seq)?;
        self.erased = u64::from(is_newest);
        let mut key = None;
        if is_kept && part.plan.as_ref().is_none_or(|plan| plan.numbers.contains(&seq)) {
            key = part.erase(&self.topic, topic, seq)?;
            self.erased = self.erased.max(part.erased);
        }
        if self.erased > 0 {
            writer.insert_deletion(&self.topic, topic, self.which, key)?;
        }
        Ok(self.deleted())
    }

    /// Erases the next events of the topic up to `end`.
    fn erase_through(
        &mut self,
        writer: &mut Writer<'_>,
        mut part: Part<'_>,
        (topic, end): (u32, u64),
    ) -> Result<Option<Deleted>> {
        let after = self.through.max(writer.state.evicted_through);
        self.through = part.erase_range(&self.topic, topic, (after, end))?;
        let newest =
            delete_through(writer.connection, &mut writer.state, topic, self.through.min(end))?;
        // The events after `evicted_through` are in the log too, where `part` has counted them.
        let evicted = newest.iter().filter(|seq| **seq <= writer.state.evicted_through).count();
        let erased = part.erased + evicted as u64;
        self.erased += erased;
        let is_done = self.through >= end;
        if erased > 0 || is_done {
            let which = Deletion::Through(self.through.min(end));
            writer.insert_deletion(&self.topic, topic, which, None)?;
        }
        Ok(is_done.then(|| self.deleted()))
    }
}

/// The events that a part of a deletion erases in a log with a damaged page. They are found before
/// the transaction, because SQLite writes nothing more in a transaction that has read a damaged
/// page.
struct Plan {
    /// The sequence numbers of undamaged events of the topic, in ascending order.
    numbers: Vec<u64>,
    /// The sequence number up to which events were looked up.
    through: u64,
    lookups: u64,
    bytes: usize,
}

impl Plan {
    fn of(erasing: &Erasing, writer: &mut Writer<'_>) -> Result<Self> {
        let mut erasing = erasing.clone();
        let state = LogState::read(writer.connection)?;
        erasing.end_at(state.last_seq);
        let (after, end) = match erasing.which {
            Deletion::Event(seq) => (seq.saturating_sub(1), seq),
            Deletion::Through(end) => (erasing.through.max(state.evicted_through), end),
        };
        let mut plan = Self { numbers: Vec::new(), through: after, lookups: 0, bytes: 0 };
        let Some(topic) = writer.find_topic(&erasing.topic)? else { return Ok(plan) };
        let snapshot = Snapshot { connection: writer.connection, state, past: writer.past() };
        let mut index = BlockRows::prepare(writer.connection)?;
        let mut events = EventRows::prepare(writer.connection, writer.past())?;
        for _ in 0..BLOCKS {
            if plan.through >= end {
                break;
            }
            let (block, range) = (block_of(plan.through + 1), (plan.through + 1, end));
            let numbers = numbers_in(&snapshot, &mut index, (block, topic), range)?;
            if !plan.look_up(&erasing.topic, &mut events, numbers)? {
                break;
            }
            plan.through = last_of(block).min(end);
        }
        Ok(plan)
    }

    /// Adds the undamaged events among these. Returns `false` if the plan is full before the last
    /// one.
    fn look_up(
        &mut self,
        topic: &str,
        events: &mut EventRows<'_>,
        numbers: Vec<(u64, bool)>,
    ) -> Result<bool> {
        for (seq, _) in numbers {
            if self.lookups >= ROWS || self.bytes >= BYTES {
                return Ok(false);
            }
            let found = events.one(seq)?.filter(|found| found.draft.topic == topic);
            self.bytes += found.as_ref().map_or(0, |found| size(&found.draft));
            self.numbers.extend(found.map(|found| found.seq));
            (self.through, self.lookups) = (seq, self.lookups + 1);
        }
        Ok(true)
    }
}

/// One part of a deletion, which runs in one transaction.
struct Part<'c> {
    /// The events to erase, if the log has a damaged page.
    plan: Option<Plan>,
    snapshot: Snapshot<'c>,
    index: BlockRows<'c>,
    events: EventRows<'c>,
    delete: Statement<'c>,
    insert: Statement<'c>,
    update: Statement<'c>,
    erased: u64,
    bytes: usize,
    lookups: u64,
}

impl<'c> Part<'c> {
    fn prepare(writer: &Writer<'c>, plan: Option<Plan>) -> Result<Self> {
        let (connection, past) = (writer.connection, writer.past());
        let update = "UPDATE event SET at_ms = ?4, name = NULL, key = NULL, once = ?5, data = ?8, \
                      sum = ?6, kind = ?7, expires_ms = NULL \
                      WHERE seq = ?1 AND topic = ?2 AND guard = ?3";
        let insert = "INSERT INTO event VALUES(?1, ?2, ?3, ?4, NULL, NULL, ?5, ?8, ?6, ?7, NULL)";
        Ok(Self {
            plan,
            snapshot: Snapshot { connection, state: writer.state.clone(), past },
            index: BlockRows::prepare(connection)?,
            events: EventRows::prepare(connection, past)?,
            // Not an UPDATE, after which SQLite would keep almost empty pages.
            delete: connection.prepare("DELETE FROM event WHERE seq = ?1")?,
            insert: connection.prepare(insert)?,
            update: connection.prepare(update)?,
            erased: 0,
            bytes: 0,
            lookups: 0,
        })
    }

    /// Erases events of a topic in a range until the part is large enough. Returns the sequence
    /// number up to which events are erased.
    fn erase_range(&mut self, name: &str, topic: u32, range: (u64, u64)) -> Result<u64> {
        if let Some(plan) = &mut self.plan {
            let (numbers, through) = (std::mem::take(&mut plan.numbers), plan.through);
            for seq in numbers {
                self.erase(name, topic, seq)?;
                self.forget_key(name, topic, seq)?;
            }
            return Ok(through);
        }
        let (mut through, end) = range;
        for _ in 0..BLOCKS {
            if through >= end || self.is_full() {
                break;
            }
            through = self.erase_in_block(name, topic, (through, end))?;
        }
        Ok(through)
    }

    /// Erases events of a topic in the first block of a range. Returns the sequence number up to
    /// which events are erased.
    fn erase_in_block(&mut self, name: &str, topic: u32, range: (u64, u64)) -> Result<u64> {
        let (mut through, end) = range;
        let block = block_of(through + 1);
        let (of, range) = ((block, topic), (through + 1, end));
        for (seq, _) in numbers_in(&self.snapshot, &mut self.index, of, range)? {
            if self.is_full() {
                return Ok(through);
            }
            self.erase(name, topic, seq)?;
            self.forget_key(name, topic, seq)?;
            through = seq;
        }
        Ok(last_of(block).min(end))
    }

    fn is_full(&self) -> bool {
        self.erased >= ROWS || self.bytes >= BYTES || self.lookups >= LOOKUPS
    }

    /// Erases the event with this sequence number if it belongs to the topic, and returns its key.
    /// Leaves a damaged event unchanged.
    fn erase(&mut self, name: &str, topic: u32, seq: u64) -> Result<Option<String>> {
        self.lookups += 1;
        let found = self.events.one(seq)?.filter(|found| found.draft.topic == name);
        let Some(found) = found.filter(|found| found.kind == Kind::Event) else { return Ok(None) };
        self.erased += 1;
        self.bytes += size(&found.draft);
        let (name, expires_after, data) = (None, None, String::new());
        let Draft { topic: of, once, key, .. } = found.draft;
        let draft = Draft { topic: of, name, data, key: None, expires_after, once };
        self.replace((seq, topic), found.at_ms, Kind::Erased, &draft)?;
        Ok(key)
    }

    /// Erases the key in the row of a deletion of a single event. The key is no longer needed when
    /// a purge deletes all events of the topic before that row.
    fn forget_key(&mut self, name: &str, topic: u32, seq: u64) -> Result<()> {
        let found = self.events.one(seq)?.filter(|found| found.draft.topic == name);
        let Some(found) = found.filter(|found| found.kind == Kind::DeletesOne) else {
            return Ok(());
        };
        if found.draft.key.is_some() {
            let draft = Draft { key: None, ..found.draft };
            self.replace((seq, topic), found.at_ms, Kind::DeletesOne, &draft)?;
        }
        Ok(())
    }

    fn replace(&mut self, of: (u64, u32), at_ms: u64, kind: Kind, draft: &Draft) -> Result<()> {
        let (seq, topic) = of;
        let sum = sum(seq, at_ms, kind, draft);
        let (once, data) = (&draft.once, &draft.data);
        let row = (int(seq), topic, guard(seq, topic), int(at_ms), once, sum, kind as u8, data);
        if self.plan.is_some() {
            // After a DELETE, SQLite may join the page with the damaged one.
            self.update.execute(row)?;
        } else {
            self.delete.execute([int(seq)])?;
            self.insert.execute(row)?;
        }
        Ok(())
    }
}
