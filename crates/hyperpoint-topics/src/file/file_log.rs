//! Owns the log on disk as a backplane: the queue of events to be written, and the readers.

use std::collections::VecDeque;
use std::fmt;
use std::io;
use std::path::Path;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use async_trait::async_trait;
use futures_util::StreamExt;
use futures_util::stream;
use tokio::sync::{oneshot, watch};

use super::options::FileLogOptions;
use super::record::Record;
use super::store::{Segments, Store, evicted_through, lock};
use crate::backplane::{Backplane, BackplaneError, Draft, Entry, Following, Page, Stored};
use crate::position::{Epoch, Position};

/// Maximum time that a publisher waits for the disk.
const PATIENCE: Duration = Duration::from_secs(10);
/// Maximum size of the queue of events to be written, in bytes of data.
const WAITING_BYTES: usize = 64 * 1024 * 1024;
/// Approximate memory of a record beside its data, in bytes.
const RECORD_BYTES: usize = 64;
/// How much data a follower reads at once, in bytes.
const READ_BYTES: usize = 1024 * 1024;

/// A log in a folder on disk, for one process. It outlives the process.
///
/// An event is acknowledged, and sent to subscribers, once it is written and synced to disk; all waiting
/// events are written at once. An acknowledged event survives a `kill -9`, and a loss of power if the disk
/// honors the sync. No subscriber ever received an event that is lost afterwards. A partly written event
/// at the end is cut off, and its sequence is not used again. A log that is corrupt elsewhere is renamed to
/// `*.broken`, and a new log is created in another epoch.
///
/// One process at a time can open the folder.
///
/// # Examples
///
/// ```
/// use hyperpoint::topics::file::FileLog;
/// use hyperpoint::{TopicName, Topics};
///
/// const TICKS: TopicName<u32> = TopicName::new("ticks");
///
/// # #[tokio::main]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let folder = std::env::temp_dir().join(format!("hyperpoint-doc-{}", std::process::id()));
/// let log = FileLog::open(&folder, |_| {})?;
/// let topics = Topics::with_backplane(log, |_| {});
/// topics.topic(TICKS).publish(&7).await?;
/// # drop(topics);
/// # std::fs::remove_dir_all(&folder)?;
/// # Ok(())
/// # }
/// ```
pub struct FileLog {
    shared: Arc<Shared>,
    writer: Option<JoinHandle<()>>,
}

struct Shared {
    epoch: Epoch,
    segments: Segments,
    queue: Mutex<Queue>,
    is_news: Condvar,
    /// The sequence of the last event on disk.
    last: watch::Sender<u64>,
}

#[derive(Default)]
struct Queue {
    waiting: Vec<Waiting>,
    bytes: usize,
    is_closed: bool,
}

struct Waiting {
    draft: Draft,
    stored: oneshot::Sender<Result<Stored, BackplaneError>>,
}

impl FileLog {
    /// Opens the log in this folder, and creates the folder if it is absent.
    ///
    /// # Errors
    ///
    /// If the folder cannot be read or written, or if another process has opened the log. The message
    /// names the folder.
    ///
    /// # Examples
    ///
    /// ```
    /// use hyperpoint::topics::file::FileLog;
    ///
    /// # fn main() -> std::io::Result<()> {
    /// # let folder = std::env::temp_dir().join(format!("hyperpoint-open-{}", std::process::id()));
    /// let log = FileLog::open(&folder, |options| options.total_bytes = 64 * 1024 * 1024)?;
    /// let error = FileLog::open(&folder, |_| {}).unwrap_err();
    /// assert!(error.to_string().contains("another process has opened it"));
    /// # drop(log);
    /// # std::fs::remove_dir_all(&folder)?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn open(
        folder: impl AsRef<Path>,
        change: impl FnOnce(&mut FileLogOptions),
    ) -> io::Result<Self> {
        let mut options = FileLogOptions::default();
        change(&mut options);
        let folder = folder.as_ref();
        let store = Store::open(folder, options).map_err(|error| {
            let text = format!("open the log of topics in `{}`: {error}", folder.display());
            io::Error::new(error.kind(), text)
        })?;
        let shared = Arc::new(Shared {
            epoch: store.epoch,
            segments: Arc::clone(&store.segments),
            queue: Mutex::default(),
            is_news: Condvar::new(),
            last: watch::Sender::new(store.last()),
        });
        let written = Arc::clone(&shared);
        let writer = thread::Builder::new().name("hyperpoint-log".to_owned());
        let writer = writer.spawn(move || written.write(store, options.flush_every))?;
        Ok(Self { shared, writer: Some(writer) })
    }
}

impl Queue {
    /// Adds an event, unless the queue is full. Returns whether it was added.
    fn push(&mut self, waiting: Waiting) -> bool {
        let has_room = self.bytes <= WAITING_BYTES;
        if has_room {
            self.bytes += waiting.draft.data.len();
            self.waiting.push(waiting);
        }
        has_room
    }
}

impl Shared {
    fn queue(&self) -> MutexGuard<'_, Queue> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Writes waiting events repeatedly until the log is closed.
    fn write(&self, mut store: Store, flush_every: Duration) {
        loop {
            let queue = self.queue();
            let nothing = |queue: &mut Queue| queue.waiting.is_empty() && !queue.is_closed;
            let queue = self.is_news.wait_while(queue, nothing);
            let is_closed = queue.unwrap_or_else(PoisonError::into_inner).is_closed;
            if !is_closed {
                thread::sleep(flush_every);
            }
            let mut queue = self.queue();
            let waiting = std::mem::take(&mut queue.waiting);
            queue.bytes = 0;
            let is_over = queue.is_closed && waiting.is_empty();
            drop(queue);
            if is_over {
                return;
            }
            self.store(&mut store, waiting);
        }
    }

    /// Writes these events, and answers their publishers.
    fn store(&self, store: &mut Store, waiting: Vec<Waiting>) {
        let mut records = Vec::new();
        let mut told = Vec::new();
        for Waiting { draft, stored } in waiting {
            let known = store.find_once(&draft);
            let sequence = known.unwrap_or_else(|| {
                let record = store.number(draft);
                records.push(record);
                store.last_number()
            });
            let is_duplicate = known.is_some();
            let position = Position { epoch: self.epoch, sequence };
            told.push((stored, Stored { position, is_duplicate }));
        }
        let result = store.append(&records);
        if let (Ok(()), Some(last)) = (&result, records.last()) {
            self.last.send_replace(last.sequence);
        }
        for (sender, stored) in told {
            // A publisher that was dropped needs no answer.
            let _ = sender.send(match &result {
                Ok(()) => Ok(stored),
                Err(error) => {
                    Err(BackplaneError::new("write the log of topics", error.to_string()))
                }
            });
        }
    }

    /// Reads events after this sequence, of one topic or of all, up to about `limit_bytes` of data.
    /// Returns the sequence up to which the result is complete.
    fn read(
        &self,
        topic: Option<&str>,
        after: u64,
        limit_bytes: usize,
    ) -> io::Result<(Vec<Entry>, u64)> {
        let through = *self.last.borrow();
        let segments = lock(&self.segments).clone();
        let first = segments.partition_point(|segment| segment.last <= after);
        let mut pick = Pick { topic, through, limit_bytes, bytes: 0, entries: Vec::new() };
        for segment in segments.iter().skip(first) {
            if !segment.read(after, |record| pick.take(record))? {
                break;
            }
        }
        let through = if pick.bytes < limit_bytes { through } else { pick.last(after) };
        Ok((pick.entries, through))
    }

    fn evicted_through(&self) -> u64 {
        evicted_through(&lock(&self.segments))
    }
}

/// Collects the records that a read selects.
struct Pick<'a> {
    topic: Option<&'a str>,
    through: u64,
    limit_bytes: usize,
    bytes: usize,
    entries: Vec<Entry>,
}

impl Pick<'_> {
    /// Takes a record, and returns whether the read continues.
    fn take(&mut self, record: Record) -> bool {
        if record.sequence > self.through {
            return false;
        }
        if self.topic.is_none_or(|topic| topic == record.draft.topic) {
            self.bytes += record.draft.data.len() + RECORD_BYTES;
            self.entries.push(record.into_entry());
        }
        self.bytes < self.limit_bytes
    }

    fn last(&self, after: u64) -> u64 {
        self.entries.last().map_or(after, |entry| entry.sequence)
    }
}

#[async_trait]
impl Backplane for FileLog {
    async fn publish(&self, draft: Draft) -> Result<Stored, BackplaneError> {
        let doing = "write the log of topics";
        let (stored, answer) = oneshot::channel();
        if !self.shared.queue().push(Waiting { draft, stored }) {
            return Err(BackplaneError::new(
                doing,
                "the queue of events to be written is full (64 MiB); publish more slowly",
            ));
        }
        self.shared.is_news.notify_one();
        match tokio::time::timeout(PATIENCE, answer).await {
            Ok(Ok(result)) => result,
            Ok(Err(error)) => Err(BackplaneError::new(doing, error)),
            Err(error) => Err(BackplaneError::new(doing, error)),
        }
    }

    async fn follow(&self, after: Option<Position>) -> Result<Following, BackplaneError> {
        let last = *self.shared.last.borrow();
        let sequence = match after.filter(|after| after.epoch == self.shared.epoch) {
            Some(after) => after.sequence.max(self.shared.evicted_through()),
            None => last,
        };
        let follower = Follower {
            shared: Arc::clone(&self.shared),
            last: self.shared.last.subscribe(),
            after: sequence,
            ready: VecDeque::new(),
        };
        let entries = stream::unfold(follower, |mut follower| async {
            let next = follower.next().await;
            Some((next, follower))
        });
        let position = Position { epoch: self.shared.epoch, sequence };
        Ok(Following { position, entries: entries.boxed() })
    }

    async fn read(
        &self,
        topic: &str,
        after: u64,
        limit_bytes: usize,
    ) -> Result<Page, BackplaneError> {
        let (shared, topic) = (Arc::clone(&self.shared), topic.to_owned());
        let epoch = self.shared.epoch;
        let (entries, through) =
            in_background(move || shared.read(Some(&topic), after, limit_bytes)).await?;
        let evicted_through = self.shared.evicted_through();
        Ok(Page { epoch, entries, through, evicted_through })
    }
}

/// A follower of the log.
struct Follower {
    shared: Arc<Shared>,
    last: watch::Receiver<u64>,
    after: u64,
    ready: VecDeque<Entry>,
}

impl Follower {
    async fn next(&mut self) -> Result<Entry, BackplaneError> {
        let doing = "follow the log of topics";
        loop {
            if let Some(entry) = self.ready.pop_front() {
                self.after = entry.sequence;
                return Ok(entry);
            }
            let after = self.after;
            if self.shared.evicted_through() > after {
                return Err(BackplaneError::new(doing, "the next event is evicted"));
            }
            let last = self.last.wait_for(|last| *last > after).await;
            last.map_err(|error| BackplaneError::new(doing, error))?;
            let shared = Arc::clone(&self.shared);
            let (entries, _) = in_background(move || shared.read(None, after, READ_BYTES)).await?;
            self.ready = entries.into();
        }
    }
}

async fn in_background<T: Send + 'static>(
    work: impl FnOnce() -> io::Result<T> + Send + 'static,
) -> Result<T, BackplaneError> {
    let failed = |error| BackplaneError::new("read the log of topics", error);
    let done = tokio::task::spawn_blocking(work).await.map_err(io::Error::other);
    done.and_then(|done| done).map_err(failed)
}

impl Drop for FileLog {
    /// Writes the waiting events.
    fn drop(&mut self) {
        self.shared.queue().is_closed = true;
        self.shared.is_news.notify_one();
        if let Some(writer) = self.writer.take() {
            // A panic of the writer was printed when it happened.
            let _ = writer.join();
        }
    }
}

impl fmt::Debug for FileLog {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FileLog").field("epoch", &self.shared.epoch).finish_non_exhaustive()
    }
}
