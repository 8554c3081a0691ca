//! Owns the files of a log: their recovery at the start, appending, and deletion.

use std::collections::{HashMap, VecDeque};
use std::fs::{self, File, TryLockError};
use std::io::{self, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{SystemTime, UNIX_EPOCH};

use super::options::FileLogOptions;
use super::record::Record;
use super::segment::{Scanned, Segment, State};
use crate::backplane::Draft;
use crate::position::Epoch;

/// How many sequences are skipped if the end of a log was lost, so that no assigned sequence ever denotes
/// another event.
const NUMBERS_LEFT_OUT: u64 = 1 << 24;

/// The files that can be read, shared with the readers.
pub(super) type Segments = Arc<Mutex<Vec<Segment>>>;

/// The files of a log, and the one that is written to.
#[derive(Debug)]
pub(super) struct Store {
    folder: PathBuf,
    options: FileLogOptions,
    pub(super) epoch: Epoch,
    pub(super) segments: Segments,
    file: File,
    /// The sequence of the next event.
    next: u64,
    once: HashMap<(String, String), u64>,
    /// The idempotency keys in order of their times, in milliseconds since 1970.
    once_order: VecDeque<(u64, (String, String))>,
    /// The lock that keeps other processes out.
    _lock: File,
}

/// The log found in a folder.
#[derive(Default)]
struct Recovered {
    segments: Vec<Segment>,
    epoch: Option<Epoch>,
    is_torn: bool,
    once: Vec<(u64, (String, String), u64)>,
}

impl Store {
    /// Opens the log in this folder, and creates it if it is absent.
    ///
    /// # Errors
    ///
    /// If the folder cannot be read or written, or if another process has opened the log.
    pub(super) fn open(folder: &Path, options: FileLogOptions) -> io::Result<Self> {
        fs::create_dir_all(folder)?;
        let lock = File::create(folder.join("lock"))?;
        lock.try_lock().map_err(|error| match error {
            TryLockError::WouldBlock => io::Error::other(
                "another process has opened it; close that process or use another folder",
            ),
            TryLockError::Error(error) => error,
        })?;
        let recovered = recover(folder)?;
        if recovered.is_none() {
            set_aside(folder)?;
        }
        let Recovered { mut segments, epoch, is_torn, once } = recovered.unwrap_or_default();
        let epoch = epoch.unwrap_or_else(Epoch::random);
        let last = segments.last().map_or(0, |segment| segment.last);
        let next = if is_torn { last + NUMBERS_LEFT_OUT } else { last + 1 };
        let file = if let Some(segment) = segments.last() {
            segment.append()?
        } else {
            let (segment, file) = Segment::create(folder, epoch, next)?;
            segments.push(segment);
            file
        };
        let segments = Arc::new(Mutex::new(segments));
        let (folder, sent) = (folder.to_owned(), once.into_iter());
        let mut store = Self {
            folder,
            options,
            epoch,
            segments,
            file,
            next,
            once: HashMap::new(),
            once_order: VecDeque::new(),
            _lock: lock,
        };
        sent.for_each(|(at_ms, key, sequence)| store.note_once(at_ms, key, sequence));
        store.drop_old(now_ms())?;
        Ok(store)
    }

    /// Returns the sequence of the last event on disk.
    pub(super) fn last(&self) -> u64 {
        lock(&self.segments).last().map_or(0, |segment| segment.last)
    }

    /// Returns the sequence of the event published with the same idempotency key within the window.
    pub(super) fn find_once(&mut self, draft: &Draft) -> Option<u64> {
        let window_ms = u64::try_from(self.options.once_window.as_millis()).unwrap_or(u64::MAX);
        let now_ms = now_ms();
        let is_old = |(at_ms, _): &(u64, _)| now_ms.saturating_sub(*at_ms) > window_ms;
        while let Some((_, key)) = self.once_order.pop_front_if(|entry| is_old(entry)) {
            self.once.remove(&key);
        }
        self.once.get(&(draft.topic.clone(), draft.once.clone()?)).copied()
    }

    /// Assigns the next sequence to an event.
    pub(super) fn number(&mut self, draft: Draft) -> Record {
        let record = Record { sequence: self.next, at_ms: now_ms(), draft };
        self.next += 1;
        if let Some(once) = record.draft.once.clone() {
            self.note_once(record.at_ms, (record.draft.topic.clone(), once), record.sequence);
        }
        record
    }

    /// Returns the sequence assigned last.
    pub(super) fn last_number(&self) -> u64 {
        self.next - 1
    }

    /// Writes records, and syncs them to disk.
    ///
    /// # Errors
    ///
    /// If the disk fails. None of the records is in the log then, and their sequences are skipped.
    pub(super) fn append(&mut self, records: &[Record]) -> io::Result<()> {
        let mut bytes = Vec::new();
        let mut ends = Vec::with_capacity(records.len());
        for record in records {
            record.write(&mut bytes);
            ends.push(bytes.len());
        }
        if let Err(error) = self.file.write_all(&bytes).and_then(|()| self.file.sync_data()) {
            self.take_back(records)?;
            return Err(error);
        }
        let mut segments = lock(&self.segments);
        let Some(segment) = segments.last_mut() else {
            return Err(io::Error::other("the log has no file"));
        };
        let mut start = 0;
        for (record, end) in records.iter().zip(ends) {
            segment.note(record, (end - start) as u64);
            start = end;
        }
        let is_full = segment.bytes >= self.options.file_bytes;
        drop(segments);
        if is_full {
            // The records are written; creating the next file is retried after the next write.
            if let Err(error) = self.begin_file() {
                tracing::error!(%error, "cannot create the next file of the log of topics; retrying at the next write");
            }
        }
        Ok(())
    }

    /// Removes records that were written in part.
    fn take_back(&mut self, records: &[Record]) -> io::Result<()> {
        for record in records {
            if let Some(once) = record.draft.once.clone() {
                self.once.remove(&(record.draft.topic.clone(), once));
            }
        }
        let bytes = lock(&self.segments).last().map_or(0, |segment| segment.bytes);
        self.file.set_len(bytes)?;
        self.file.seek(SeekFrom::End(0))?;
        self.file.sync_all()
    }

    fn begin_file(&mut self) -> io::Result<()> {
        let (segment, file) = Segment::create(&self.folder, self.epoch, self.next)?;
        self.file = file;
        lock(&self.segments).push(segment);
        self.drop_old(now_ms())
    }

    /// Deletes the oldest files while the files exceed the size limit or the age limit.
    fn drop_old(&self, now_ms: u64) -> io::Result<()> {
        let age_ms = u64::try_from(self.options.age.as_millis()).unwrap_or(u64::MAX);
        let mut segments = lock(&self.segments);
        loop {
            let total: u64 = segments.iter().map(|segment| segment.bytes).sum();
            let Some(first) = segments.first().filter(|_| segments.len() > 1) else {
                return Ok(());
            };
            let is_old = now_ms.saturating_sub(first.newest_ms) > age_ms;
            if total <= self.options.total_bytes && !is_old {
                return Ok(());
            }
            fs::remove_file(&first.path)?;
            segments.remove(0);
        }
    }

    fn note_once(&mut self, at_ms: u64, key: (String, String), sequence: u64) {
        self.once.insert(key.clone(), sequence);
        self.once_order.push_back((at_ms, key));
    }
}

/// Returns the sequence up to which events are deleted.
pub(super) fn evicted_through(segments: &[Segment]) -> u64 {
    segments.first().map_or(0, |segment| segment.first.saturating_sub(1))
}

pub(super) fn lock(segments: &Segments) -> MutexGuard<'_, Vec<Segment>> {
    segments.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Recovers the log in a folder. Returns `None` if the files do not form a complete log.
fn recover(folder: &Path) -> io::Result<Option<Recovered>> {
    let mut recovered = Recovered::default();
    let paths = paths(folder)?;
    let count = paths.len();
    for (number, path) in (1..).zip(&paths) {
        let once = &mut recovered.once;
        let scanned = Segment::scan(path, |record| {
            if let Some(text) = record.draft.once.clone() {
                once.push((record.at_ms, (record.draft.topic.clone(), text), record.sequence));
            }
        })?;
        let Some(Scanned { segment, epoch, state }) = scanned else {
            if number < count {
                return Ok(None);
            }
            // The last file was created in part, and has no record.
            fs::remove_file(path)?;
            continue;
        };
        let last = recovered.segments.last().map_or(0, |segment| segment.last);
        let is_torn = state == State::Torn;
        let fits = segment.first > last && *recovered.epoch.get_or_insert(epoch) == epoch;
        if !fits || state == State::Broken || (is_torn && number < count) {
            return Ok(None);
        }
        recovered.is_torn = is_torn;
        recovered.segments.push(segment);
    }
    Ok(Some(recovered))
}

/// Renames the files of a corrupt log, so that a new log can be created and the old files inspected.
fn set_aside(folder: &Path) -> io::Result<()> {
    tracing::error!(
        ?folder,
        "the log of topics is corrupt; its files are renamed to `*.broken`, and a new log is created"
    );
    for path in paths(folder)? {
        fs::rename(&path, path.with_extension("broken"))?;
    }
    Ok(())
}

/// Returns the files of a log, in order.
fn paths(folder: &Path) -> io::Result<Vec<PathBuf>> {
    let mut paths = Vec::new();
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.extension().is_some_and(|extension| extension == "log") {
            paths.push(path);
        }
    }
    paths.sort();
    Ok(paths)
}

fn now_ms() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since.as_millis()).unwrap_or(u64::MAX)
}
