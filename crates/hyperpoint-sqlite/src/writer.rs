//! Writes to the log, many events in one transaction.

use std::collections::HashMap;

use hyperpoint_sse::EventName;
use hyperpoint_topics::Position;
use hyperpoint_topics::backplane::{Deletion, Draft, Stored};
use rusqlite::{Connection, OptionalExtension, Statement};

use crate::checksums::{guard, int};
use crate::event_rows::{Kind, expires_ms, note_newest, sum};
use crate::generation_rows::GenerationRows;
use crate::idempotency::{Key, Keys};
use crate::log_error::{LogError, Result};
use crate::log_state::LogState;
use crate::newest_repair::Undamaged;
use crate::newest_rows::{NewestRows, Stamp};
use crate::numbers::Numbers;
use crate::open_block::OpenBlock;
use crate::past::Past;
use crate::waiting::Waiting;

/// Maximum number of topics whose ids are cached.
const REMEMBERED_TOPICS: usize = 10_000;

/// The connection that writes, with cached state of the log.
pub(crate) struct Writer<'c> {
    pub(crate) connection: &'c Connection,
    past: &'c Past,
    pub(crate) state: LogState,
    pub(crate) open: OpenBlock,
    pub(crate) topics: HashMap<String, u32>,
    /// The last acknowledged sequence number. The log ends before it only if the log was replaced.
    acknowledged: u64,
    /// The `data_version` of the database from which the fields above were read, or -1 if they are
    /// stale.
    version: i64,
    keys: Keys<'c>,
    newest: NewestRows<'c>,
    statements: Statements<'c>,
}

/// A written event.
pub(crate) struct Inserted {
    pub(crate) stored: Stored,
    /// The time of the event, in milliseconds since the Unix epoch. The time of the call if the
    /// event is a duplicate.
    pub(crate) at_ms: u64,
}

struct Statements<'c> {
    begin: Statement<'c>,
    commit: Statement<'c>,
    version: Statement<'c>,
    find_topic: Statement<'c>,
    insert_topic: Statement<'c>,
    insert_event: Statement<'c>,
    save: Statement<'c>,
}

impl<'c> Writer<'c> {
    /// Creates a writer for this connection. `newest_bytes` is the maximum size of an event that is
    /// kept as the newest event of its key, in bytes.
    pub(crate) fn new(
        connection: &'c Connection,
        past: &'c Past,
        acknowledged: u64,
        newest_bytes: u64,
    ) -> Result<Self> {
        let state = LogState::read(connection)?;
        let keys = Keys::prepare(connection)?;
        let newest = NewestRows::prepare(connection, newest_bytes)?;
        let statements = Statements {
            begin: connection.prepare("BEGIN IMMEDIATE")?,
            commit: connection.prepare("COMMIT")?,
            version: connection.prepare("PRAGMA data_version")?,
            find_topic: connection.prepare("SELECT id FROM topic WHERE name = ?1")?,
            insert_topic: connection.prepare("INSERT INTO topic(name) VALUES(?1)")?,
            insert_event: connection
                // A damaged row may have the same sequence number.
                .prepare(
                    "INSERT OR REPLACE INTO event VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)",
                )?,
            save: LogState::prepare_save(connection)?,
        };
        let (open, topics) = (OpenBlock::default(), HashMap::new());
        let version = -1;
        Ok(Self {
            connection,
            past,
            state,
            open,
            topics,
            acknowledged,
            version,
            keys,
            newest,
            statements,
        })
    }

    /// Writes these events in one transaction, and returns the position and the time of each event.
    pub(crate) fn store(&mut self, group: &[Waiting]) -> Result<Vec<Inserted>> {
        let insert =
            |writer: &mut Self| group.iter().map(|waiting| writer.insert(&waiting.draft)).collect();
        if group.iter().any(|waiting| waiting.draft.key.is_some()) {
            self.transact_overwriting(insert)
        } else {
            self.transact(insert)
        }
    }

    /// Runs `work` in a transaction that overwrites deleted data with zeros.
    pub(crate) fn transact_overwriting<T>(
        &mut self,
        work: impl FnOnce(&mut Self) -> Result<T>,
    ) -> Result<T> {
        self.connection.execute_batch("PRAGMA secure_delete = ON")?;
        let done = self.transact(work);
        self.connection.execute_batch("PRAGMA secure_delete = OFF")?;
        done
    }

    /// Rebuilds the table with the newest event of each key.
    pub(crate) fn repair_keys(&mut self) -> Result<()> {
        self.newest.forget_counts();
        let undamaged = Undamaged::find(self.connection)?;
        self.transact_overwriting(|writer| undamaged.rebuild(writer.connection, &mut writer.state))
    }

    /// Runs `work` in a transaction. Discards the cached state if `work` or the commit fails.
    pub(crate) fn transact<T>(&mut self, work: impl FnOnce(&mut Self) -> Result<T>) -> Result<T> {
        self.index_newest_block()?;
        self.statements.begin.execute([])?;
        let done = self.refresh().and_then(|()| work(self)).and_then(|done| {
            self.state.save(&mut self.statements.save)?;
            self.statements.commit.execute([])?;
            self.acknowledged = self.state.last_seq;
            Ok(done)
        });
        if done.is_err() {
            self.version = -1;
            self.open.forget();
            if !self.connection.is_autocommit() {
                // If the rollback fails, the next transaction fails too, and the connection is
                // closed.
                let _ = self.connection.execute_batch("ROLLBACK");
            }
        }
        done
    }

    /// Returns whether another process has written to the log since the state was read, or the
    /// state has not been read yet.
    pub(crate) fn is_behind(&mut self) -> Result<bool> {
        Ok(self.data_version()? != self.version)
    }

    fn data_version(&mut self) -> Result<i64> {
        Ok(self.statements.version.query_row([], |row| row.get(0))?)
    }

    /// Completes the index of the newest block if another process has written. Called before a
    /// transaction, because SQLite writes nothing more in a transaction that has read a damaged
    /// page.
    fn index_newest_block(&mut self) -> Result<()> {
        if self.is_behind()? {
            let LogState { evicted_through, last_seq, .. } = LogState::read(self.connection)?;
            let numbers = Numbers { evicted_through, skips: &self.past.skips };
            self.open.refresh(self.connection, &numbers, last_seq)?;
        }
        Ok(())
    }

    /// Reads the state again if another process changed it or a transaction failed. Fails if the
    /// log was replaced.
    fn refresh(&mut self) -> Result<()> {
        let version = self.data_version()?;
        if version == self.version {
            return Ok(());
        }
        self.topics.clear();
        self.newest.forget_counts();
        let last_seq = self.state.last_seq;
        self.state = LogState::read(self.connection)?;
        if self.state.last_seq > last_seq || self.version < 0 {
            note_newest(self.connection, self.past, self.state.last_seq)?;
        }
        let newest = GenerationRows::newest_epoch(self.connection)?;
        if self.state.last_seq < self.acknowledged || newest != self.past.generations.newest() {
            return Err(LogError::replaced());
        }
        let (evicted_through, skips) = (self.state.evicted_through, &*self.past.skips);
        let numbers = Numbers { evicted_through, skips };
        self.open.refresh(self.connection, &numbers, self.state.last_seq)?;
        self.version = version;
        Ok(())
    }

    fn insert(&mut self, draft: &Draft) -> Result<Inserted> {
        let at_ms = self.time();
        let once = draft.once.as_deref();
        let (slice_ms, salt) = (self.state.slice_ms, self.state.salt);
        let key = once.map(|once| Key::of(&draft.topic, once, slice_ms, salt));
        if let Some(key) = &key
            && let Some(seq) = self.keys.find(draft, key, at_ms)?
        {
            return Ok(Inserted { stored: self.stored(seq, true)?, at_ms });
        }
        let topic = self.topic(&draft.topic)?;
        let seq = self.add(draft, topic, at_ms, Kind::Event)?;
        if let Some(key) = &key {
            self.keys.insert(key, at_ms, seq)?;
        }
        Ok(Inserted { stored: self.stored(seq, false)?, at_ms })
    }

    /// Adds an entry that deletes events of a topic, and returns its sequence number. `key` is the
    /// key of the deleted event if `which` is a single event that has a key.
    pub(crate) fn insert_deletion(
        &mut self,
        name: &str,
        topic: u32,
        which: Deletion,
        key: Option<String>,
    ) -> Result<u64> {
        let at_ms = self.time();
        let (kind, seq) = match which {
            Deletion::Event(seq) => (Kind::DeletesOne, seq),
            Deletion::Through(seq) => (Kind::DeletesThrough, seq),
        };
        let (topic_name, data) = (name.to_owned(), seq.to_string());
        let draft =
            Draft { topic: topic_name, name: None, data, key, expires_after: None, once: None };
        self.add(&draft, topic, at_ms, kind)
    }

    /// Adds a row with the next sequence number, and returns this number.
    fn add(&mut self, draft: &Draft, topic: u32, at_ms: u64, kind: Kind) -> Result<u64> {
        let seq = self.state.last_seq + 1;
        let (name, sum) =
            (draft.name.as_ref().map(EventName::as_str), sum(seq, at_ms, kind, draft));
        self.open.add(self.connection, seq, topic)?;
        self.statements.insert_event.execute((
            int(seq),
            topic,
            guard(seq, topic),
            int(at_ms),
            name,
            &draft.key,
            &draft.once,
            &draft.data,
            sum,
            kind as u8,
            expires_ms(draft).map(int),
        ))?;
        if kind == Kind::Event {
            self.newest.put(&mut self.state, topic, draft, Stamp { seq, at_ms, sum })?;
        }
        self.state.last_seq = seq;
        Ok(seq)
    }

    /// Returns the generations, skipped sequence numbers and clock of the log.
    pub(crate) fn past(&self) -> &'c Past {
        self.past
    }

    fn stored(&self, sequence: u64, is_duplicate: bool) -> Result<Stored> {
        let unknown = || {
            LogError::Refused(
                "the table `generation` of `topics.db` is damaged; stop all \
                 processes that use the log, then start them again"
                    .to_owned(),
            )
        };
        let epoch = self.past.generations.epoch_of(sequence).ok_or_else(unknown)?;
        Ok(Stored { position: Position { epoch, sequence }, is_duplicate })
    }

    /// Returns the time of a new event, in milliseconds since the Unix epoch.
    fn time(&self) -> u64 {
        let at_ms = self.past.clock.now_ms();
        self.past.clock.note(at_ms);
        at_ms
    }

    /// Returns the row id of a topic, or `None` if the topic is absent.
    pub(crate) fn find_topic(&mut self, name: &str) -> Result<Option<u32>> {
        Ok(self.statements.find_topic.query_row([name], |row| row.get(0)).optional()?)
    }

    /// Returns the row id of a topic, and adds the topic if it is absent.
    fn topic(&mut self, name: &str) -> Result<u32> {
        if let Some(topic) = self.topics.get(name) {
            return Ok(*topic);
        }
        let topic = if let Some(topic) = self.find_topic(name)? {
            topic
        } else {
            let row = self.statements.insert_topic.insert([name])?;
            let too_many = |_| {
                LogError::Refused("the log has no free topic id; use another folder".to_owned())
            };
            u32::try_from(row).map_err(too_many)?
        };
        if self.topics.len() >= REMEMBERED_TOPICS {
            self.topics.clear();
        }
        self.topics.insert(name.to_owned(), topic);
        Ok(topic)
    }
}
