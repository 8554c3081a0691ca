//! Opens a log. A process begins a generation if no other process has the log open. Otherwise it
//! joins the newest generation.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::SystemTime;

use hyperpoint_topics::Epoch;
use rusqlite::{Connection, OptionalExtension, TransactionBehavior};

use crate::checksums::number;
use crate::connection::{Pace, create_tables, open_writer};
use crate::event_rows::note_newest;
use crate::folder::{Company, Folder};
use crate::generation_rows::{Generation, GenerationRows};
use crate::idempotency::{slice_anew, slice_ms};
use crate::log_clock::since_epoch_ms;
use crate::log_error::{LogError, Result};
use crate::log_options::SqliteLogOptions;
use crate::log_state::LogState;
use crate::mark::{Mark, MarkFile};
use crate::newest_repair::last_of_keys;
use crate::numbers::{Numbers, block_of};
use crate::open_block::OpenBlock;
use crate::past::Past;
use crate::reserve::Reserve;
use crate::scan::place;

/// An open log.
#[derive(Debug)]
pub(crate) struct Opened {
    pub(crate) folder: Folder,
    pub(crate) connection: Connection,
    pub(crate) mark: MarkFile,
    pub(crate) last_seq: u64,
    pub(crate) past: Arc<Past>,
}

/// Opens the log in this folder.
pub(crate) fn open(path: &Path, options: &SqliteLogOptions, pace: Pace) -> Result<Opened> {
    let (folder, company) = Folder::open(path)?;
    if company == Company::Alone {
        folder.create_database()?;
    }
    let mut connection = open_writer(&folder.database(), pace)?;
    let mut has_new_salt = false;
    if company == Company::Alone {
        let reserve = Reserve::new(folder.reserve(), options.total_bytes);
        let begun = begin(&mut connection, &folder, options);
        if matches!(&begun, Err(error) if error.is_disk_full()) {
            reserve.release()?;
            connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()))?;
            has_new_salt = begin(&mut connection, &folder, options)?;
        } else {
            has_new_salt = begun?;
        }
        folder.restrict_files()?;
        folder.share()?;
    }
    let generations = GenerationRows::read(&connection)?;
    let state = LogState::read(&connection)?;
    let lost = || {
        LogError::Refused(
            "the table `generation` of `topics.db` is damaged; stop all processes \
             that use the log, then start them again"
                .to_owned(),
        )
    };
    let newest = generations.newest().ok_or_else(lost)?;
    let mut mark = MarkFile::open(&folder, newest.epoch)?;
    if company == Company::Alone {
        mark.write(state.last_seq)?;
        mark.sync()?;
        folder.sync()?;
    }
    let (last_seq, past) = (state.last_seq, Arc::new(Past::of(&generations)));
    past.has_damaged_keys.store(has_new_salt, Ordering::Release);
    note_newest(&connection, &past, last_seq)?;
    Ok(Opened { folder, connection, mark, last_seq, past })
}

/// Begins a generation, and creates the tables if they are absent. Logs an error with `tracing` if
/// events may be lost. Returns whether the table `newest` must be rebuilt, because the salt of its
/// hashes is lost.
fn begin(connection: &mut Connection, folder: &Folder, options: &SqliteLogOptions) -> Result<bool> {
    let mark = Mark::read(folder)?;
    let of_keys = match last_of_keys(connection) {
        Err(error) if error.is_damage() => 0,
        last => last?,
    };
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let is_new = !has_tables(&transaction)?;
    create_tables(&transaction)?;
    let file = folder.identity()?;
    let generations = GenerationRows::read(&transaction)?;
    let found = LogState::find(&transaction)?;
    let loss = match is_new {
        true => mark.map(|_| Loss { reason: "`topics.db` is absent or empty", is_damage: true }),
        false => loss(&transaction, found.as_ref(), &generations, mark, &file)?,
    };
    let has_new_salt = found.is_none() && !is_new;
    let mut state = match found {
        Some(state) => state,
        None => rebuilt(&transaction, of_keys)?,
    };
    let follows = state.last_seq.max(newest_event(&transaction)?);
    if let Some(Loss { reason, .. }) = loss {
        let reached = mark.map_or(0, |mark| mark.last_seq).max(follows);
        skip(&transaction, &generations, &state, (follows, reached))?;
        state.last_seq = reached;
        tracing::error!(
            folder = %folder.database().display(),
            "the log of topics may have lost events: {reason}; clients that resume receive a `gap`"
        );
    }
    let (first_seq, is_after_loss) = (state.last_seq + 1, is_new || loss.is_some());
    let generation = Generation {
        row: 0,
        epoch: Epoch::random().bits(),
        follows,
        first_seq,
        is_after_loss,
        is_after_damage: loss.is_some_and(|loss| loss.is_damage),
        at_ms: since_epoch_ms(SystemTime::now()),
    };
    generation.insert(&transaction)?;
    let width = slice_ms(options.once_window);
    if state.slice_ms != width {
        slice_anew(&transaction, width)?;
    }
    (state.slice_ms, state.file) = (width, file);
    state.write(&transaction)?;
    transaction.commit()?;
    Ok(has_new_salt)
}

/// The reason why the log may have lost events.
#[derive(Clone, Copy)]
struct Loss {
    reason: &'static str,
    /// Whether it is unknown which events remain.
    is_damage: bool,
}

/// Returns the reason why the log may lack events that clients have received, or `None` if it has
/// all of them.
fn loss(
    connection: &Connection,
    state: Option<&LogState>,
    generations: &GenerationRows,
    mark: Option<Mark>,
    file: &str,
) -> Result<Option<Loss>> {
    let damage = |reason| Ok(Some(Loss { reason, is_damage: true }));
    let Some(state) = state else { return damage("the table `log` is damaged") };
    if generations.are_damaged {
        return damage("the table `generation` is damaged");
    }
    if newest_event(connection)? > state.last_seq {
        return damage("the table `log` is older than the events");
    }
    if !topics_are_whole(connection)? {
        return damage("the table `topic` is damaged");
    }
    let less = |reason| Ok(Some(Loss { reason, is_damage: false }));
    match mark {
        _ if state.file != file => less("`topics.db` is a copy"),
        Some(mark) if generations.has(mark, state.last_seq) => Ok(None),
        Some(_) => less("`topics.db` lost its newest events, or is an older copy"),
        None => less("`topics.mark` is absent or damaged"),
    }
}

/// Writes the index of the block that contains `follows` if `reached` is in a later block. The
/// sequence numbers after `follows` and up to `reached` are skipped, so that no event completes the
/// block.
fn skip(
    connection: &Connection,
    generations: &GenerationRows,
    state: &LogState,
    (follows, reached): (u64, u64),
) -> Result<()> {
    let skips = generations.skips();
    let numbers = Numbers { evicted_through: state.evicted_through, skips: &skips };
    let mut open = OpenBlock::default();
    open.refresh(connection, &numbers, follows)?;
    open.move_to(connection, block_of(reached))
}

/// Returns the state of a log that is new or whose table `log` is damaged, from its events and from
/// `of_keys`, the last sequence number in the table `newest`.
fn rebuilt(connection: &Connection, of_keys: u64) -> Result<LogState> {
    let oldest = "SELECT seq FROM event ORDER BY seq LIMIT 1";
    let oldest = connection.query_row(oldest, [], |row| row.get(0)).optional()?;
    let last_seq = newest_event(connection)?.max(of_keys);
    let evicted_through = oldest.map_or(last_seq, |seq| number(seq).saturating_sub(1));
    let salt = fastrand::u64(..) >> 1;
    let (newest_bytes, slice_ms, file) = (0, 0, String::new());
    Ok(LogState { last_seq, evicted_through, newest_bytes, slice_ms, salt, file })
}

/// Returns the sequence number of the newest undamaged event, or 0 if no such event is found.
fn newest_event(connection: &Connection) -> Result<u64> {
    /// Maximum number of rows to search, since the rows with the highest numbers may be damaged.
    const ROWS: u32 = 1_000;
    let query = "SELECT seq, topic, guard FROM event ORDER BY seq DESC LIMIT ?1";
    let mut query = connection.prepare(query)?;
    let mut rows = query.query([ROWS])?;
    while let Some(row) = rows.next()? {
        if let Some((seq, _)) = place(row) {
            return Ok(seq);
        }
    }
    Ok(0)
}

/// Returns whether the table `topic` passes SQLite's integrity check, and rebuilds its index if
/// not.
fn topics_are_whole(connection: &Connection) -> Result<bool> {
    let check = "SELECT * FROM pragma_integrity_check('topic') LIMIT 1";
    let result: String = connection.query_row(check, [], |row| row.get(0))?;
    if result == "ok" {
        return Ok(true);
    }
    connection.execute_batch("REINDEX topic")?;
    Ok(false)
}

fn has_tables(connection: &Connection) -> Result<bool> {
    let tables = "SELECT count(*) FROM sqlite_schema";
    Ok(connection.query_row(tables, [], |row| row.get::<_, i64>(0))? > 0)
}
