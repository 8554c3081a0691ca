//! The thread that writes: it stores waiting events, answers their publishers, deletes old events,
//! and reopens its connection after an error.

use std::collections::HashMap;
use std::sync::Arc;
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use hyperpoint_topics::backplane::Draft;
use rusqlite::Connection;
use tokio::sync::watch;

use crate::connection::{Pace, open_writer};
use crate::counting::Commits;
use crate::event_rows::{Found, Kind, expires_ms, note_newest};
use crate::event_size::size;
use crate::log_error::{LogError, Result};
use crate::log_options::SqliteLogOptions;
use crate::log_state::LogState;
use crate::mark::MarkFile;
use crate::open_files::OpenFiles;
use crate::past::Past;
use crate::repairs::Repairs;
use crate::reserve::Reserve;
use crate::retention::Retention;
use crate::waiting::{Queue, Waiting, WaitingDeletion, Work};
use crate::writer::{Inserted, Writer};

/// Interval at which an idle log checks for events of other processes.
const IDLE: Duration = Duration::from_millis(100);
/// Interval of the deletion of old events, and minimum interval of checkpoints on a full disk.
const AGE_CHECK: Duration = Duration::from_secs(1);
/// Maximum size of the entry that a part of a deletion adds to the log, in bytes.
const PART_BYTES: u64 = 4_096;
const REPAIRING: &str = "rebuild the table `newest`";
pub(crate) const DELETING: &str = "delete from the log of topics";

/// The state of the thread that writes. [`start`](Self::start) moves it to the thread.
pub(crate) struct WriterThread {
    pub(crate) path: std::path::PathBuf,
    pub(crate) queue: Arc<Queue>,
    pub(crate) commits: Arc<Commits>,
    pub(crate) options: SqliteLogOptions,
    pub(crate) pace: Pace,
    pub(crate) mark: MarkFile,
    pub(crate) files: OpenFiles,
    pub(crate) past: Arc<Past>,
    /// The sequence number of the last synced event. The channel is closed when the thread ends.
    pub(crate) last: watch::Sender<u64>,
    pub(crate) retention: Retention,
    pub(crate) reserve: Reserve,
    /// When old events are deleted next.
    pub(crate) next_age_check: Instant,
    /// When the write-ahead log may be checkpointed on a full disk again.
    pub(crate) next_fold: Instant,
    pub(crate) repairs: Repairs,
    /// The text of the last logged failure of each operation that has not succeeded since that
    /// failure.
    pub(crate) told: HashMap<&'static str, String>,
}

/// The reason why a connection is no longer used.
enum Ended {
    Closed,
    Failed,
}

impl WriterThread {
    pub(crate) fn start(mut self, connection: Connection) -> std::io::Result<JoinHandle<()>> {
        let thread = thread::Builder::new().name("hyperpoint-log".to_owned());
        thread.spawn(move || self.run(connection))
    }

    fn run(&mut self, connection: Connection) {
        // If the disk has no space for the reserve, the log runs without it.
        let _ = self.reserve.fill();
        let mut connection = Some(connection);
        loop {
            let opened = match connection.take() {
                Some(connection) => Ok(connection),
                None => open_writer(&self.path, self.pace),
            };
            let ended = match &opened {
                Ok(connection) => self.use_connection(connection),
                Err(error) => self.refuse(error),
            };
            if matches!(ended, Ended::Closed) {
                return;
            }
        }
    }

    /// Answers the next queued publishers, or the caller of the next deletion, with an error, since
    /// there is no usable connection.
    fn refuse(&self, error: &LogError) -> Ended {
        match self.queue.next(IDLE, Duration::ZERO) {
            Work::Write(group) => {
                fail(group, error);
                Ended::Failed
            }
            Work::Delete(WaitingDeletion { answer, .. }) => {
                // A caller that was dropped needs no answer.
                let _ = answer.send(Err(error.of_backplane(DELETING)));
                Ended::Failed
            }
            Work::Nothing => Ended::Failed,
            Work::End => Ended::Closed,
        }
    }

    /// Processes the queue until an error occurs or the log is closed.
    fn use_connection(&mut self, connection: &Connection) -> Ended {
        let (past, newest_bytes) = (Arc::clone(&self.past), self.retention.newest_bytes());
        let mut writer = match Writer::new(connection, &past, *self.last.borrow(), newest_bytes) {
            Ok(writer) => writer,
            Err(error) => return self.refuse(&error),
        };
        let repaired = self.repairs.repair_if_damaged(&mut writer);
        self.tell(REPAIRING, repaired);
        loop {
            let is_sound = match self.queue.next(IDLE, self.options.flush_every) {
                Work::Write(group) => self.write_after_purges(&mut writer, group),
                Work::Delete(deletion) => self.delete(&mut writer, deletion),
                Work::Nothing => self.look(&mut writer),
                Work::End => return Ended::Closed,
            };
            if !is_sound || !self.keep_limits(&mut writer) {
                return Ended::Failed;
            }
        }
    }

    /// Sets the ends of the queued purges, and then writes these events, which the purges do not
    /// delete. Returns false if the connection must be reopened.
    fn write_after_purges(&mut self, writer: &mut Writer<'_>, group: Vec<Waiting>) -> bool {
        if self.queue.has_endless_purge() {
            match LogState::read(writer.connection) {
                Ok(state) => self.queue.end_purges(state.last_seq),
                Err(error) => {
                    fail(group, &error);
                    return false;
                }
            }
        }
        self.write(writer, group)
    }

    /// Writes these events, and answers their publishers. Returns false if the connection must be
    /// reopened.
    fn write(&mut self, writer: &mut Writer<'_>, group: Vec<Waiting>) -> bool {
        let stored = self.repairs.repairing(writer, |writer| writer.store(&group));
        // Events that were written to replaced files are not acknowledged.
        let stored = stored.and_then(|stored| self.files.check().map(|()| stored));
        let stored = match stored {
            Ok(stored) => stored,
            Err(error) => {
                self.make_room(writer, &error);
                fail(group, &error);
                return false;
            }
        };
        self.commits.count(&stored);
        let sizes = group.iter().map(|waiting| event_bytes(&waiting.draft));
        self.retention.note_written(sizes.sum());
        self.mark(writer.state.last_seq);
        self.hand_out(group, stored);
        self.notify(writer.state.last_seq);
        true
    }

    /// Answers the publishers, and keeps the entries in memory if the log has followers. The
    /// publishers are answered before the followers are notified, because a publisher may be about
    /// to publish the next event.
    fn hand_out(&self, group: Vec<Waiting>, written: Vec<Inserted>) {
        let (past, has_followers) = (&*self.past, self.last.receiver_count() > 1);
        let kept = |(waiting, inserted)| {
            let (Waiting { mut draft, answer }, Inserted { stored, at_ms }) = (waiting, inserted);
            // A publisher that was dropped needs no answer.
            let _ = answer.send(Ok(stored));
            // The same precision as on disk.
            draft.expires_after = expires_ms(&draft).map(Duration::from_millis);
            let found = Found { seq: stored.position.sequence, at_ms, kind: Kind::Event, draft };
            (has_followers && !stored.is_duplicate).then(|| found.entry(past)).flatten()
        };
        let entries: Vec<_> = group.into_iter().zip(written).filter_map(kept).collect();
        past.recent.extend(entries);
        if !has_followers {
            past.recent.clear();
        }
    }

    /// Checkpoints the write-ahead log with the space of the reserve if the disk is full, at most
    /// once per second.
    fn make_room(&mut self, writer: &Writer<'_>, error: &LogError) {
        if error.is_disk_full() && Instant::now() >= self.next_fold {
            self.reserve.fold(writer.connection);
            self.next_fold = Instant::now() + AGE_CHECK;
        }
    }

    /// Runs one part of a deletion, and answers its caller when the deletion is complete. Stops a
    /// deletion whose caller was dropped. Returns false if the connection must be reopened.
    fn delete(&mut self, writer: &mut Writer<'_>, mut deletion: WaitingDeletion) -> bool {
        if deletion.answer.is_closed() {
            return true;
        }
        let done = self.repairs.repairing(writer, |writer| deletion.erasing.advance(writer));
        let done = done.and_then(|done| self.files.check().map(|()| done));
        // The followers skip the deleted events, which are no longer on disk.
        self.past.recent.clear();
        if done.is_ok() {
            // The deleted events free space, but the entry of the deletion uses some.
            self.retention.note_written(PART_BYTES);
            self.mark(writer.state.last_seq);
            self.notify(writer.state.last_seq);
        }
        let (answer, is_sound) = match done {
            Ok(None) => {
                self.queue.put_back(deletion);
                return true;
            }
            Ok(Some(deleted)) => (Ok(deleted), true),
            Err(error) => {
                self.make_room(writer, &error);
                (Err(error.of_backplane(DELETING)), false)
            }
        };
        // A caller that was dropped needs no answer.
        let _ = deletion.answer.send(answer);
        is_sound
    }

    /// Writes the last synced sequence number to `topics.mark`. Called before callers are answered,
    /// so that a later loss of acknowledged events is detected.
    fn mark(&mut self, last_seq: u64) {
        let marked = self.mark.write(last_seq);
        self.tell("write `topics.mark`", marked.map_err(LogError::from));
    }

    /// Notifies the followers of entries up to this sequence number.
    fn notify(&self, last_seq: u64) {
        self.last.send_if_modified(|last| advance(last, last_seq));
    }

    /// Notifies the followers of events that another process has written. Returns false if the
    /// connection must be reopened.
    fn look(&mut self, writer: &mut Writer<'_>) -> bool {
        let looked = writer.is_behind().and_then(|is_behind| match is_behind {
            true => {
                // The other process may have deleted events.
                self.past.recent.clear();
                self.newest(writer)
            }
            false => Ok(writer.state.last_seq),
        });
        if let Ok(last_seq) = &looked {
            self.notify(*last_seq);
        }
        self.tell("look for events of other processes", looked.map(drop))
    }

    /// Returns the last sequence number of a log to which another process has written, and advances
    /// the log's clock to the time of its newest row.
    fn newest(&self, writer: &Writer<'_>) -> Result<u64> {
        let last_seq = LogState::read(writer.connection)?.last_seq;
        if last_seq > *self.last.borrow() {
            note_newest(writer.connection, writer.past(), last_seq)?;
        }
        Ok(last_seq)
    }

    /// Repairs damage that readers found, and deletes events beyond the limits. Returns false if
    /// the connection must be reopened.
    fn keep_limits(&mut self, writer: &mut Writer<'_>) -> bool {
        let repaired = self.repairs.repair_if_damaged(writer);
        if !self.tell(REPAIRING, repaired) {
            return false;
        }
        let trimmed = self.repairs.repairing(writer, |writer| self.retention.trim(writer));
        let is_sound = self.tell("delete events beyond `total_bytes`", trimmed);
        if let Some(error) = self.retention.take_damage() {
            self.tell("delete all evicted events", Err(error));
        }
        self.past.recent.evict_through(writer.state.evicted_through);
        if !is_sound || Instant::now() < self.next_age_check {
            return is_sound;
        }
        match self.repairs.repairing(writer, |writer| self.retention.age_out(writer)) {
            // The next call deletes more, after the events that wait now.
            Ok(true) => true,
            done => {
                self.next_age_check = Instant::now() + AGE_CHECK;
                self.tell("delete events beyond `age`", done.map(drop))
            }
        }
    }

    /// Logs a failure, unless the operation failed with the same text before and has not succeeded
    /// since. Returns whether `done` is `Ok`.
    fn tell(&mut self, doing: &'static str, done: Result<()>) -> bool {
        let Err(error) = done else {
            self.told.remove(doing);
            return true;
        };
        let text = error.to_string();
        if self.told.get(doing) != Some(&text) {
            tracing::error!("the log of topics failed to {doing}: {text}; retrying");
            self.told.insert(doing, text);
        }
        false
    }
}

/// Returns the approximate size of an event in the log, including its part of the index, in bytes.
fn event_bytes(draft: &Draft) -> u64 {
    (size(draft) + 128) as u64
}

fn fail(group: Vec<Waiting>, error: &LogError) {
    for Waiting { answer, .. } in group {
        // A publisher that was dropped needs no answer.
        let _ = answer.send(Err(error.of_backplane("write the log of topics")));
    }
}

fn advance(last: &mut u64, to: u64) -> bool {
    let is_later = *last < to;
    *last = (*last).max(to);
    is_later
}
