//! The log on disk as a backplane.

use std::collections::{HashMap, VecDeque};
use std::fmt;
use std::io;
use std::path::Path;
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use async_trait::async_trait;
use futures_util::StreamExt;
use futures_util::stream;
use hyperpoint_topics::backplane::{
    Backplane, Deleted, Deletion, Draft, Following, KeysQuery, LogCounts, Lookup, Page, PageQuery,
    Stored,
};
use hyperpoint_topics::{BackplaneError, Epoch, Position};
use tokio::sync::{oneshot, watch};

use crate::connection::Pace;
use crate::counting::{Commits, count};
use crate::erasing::Erasing;
use crate::event_size::size;
use crate::folder::Folder;
use crate::keys_page::read_keys;
use crate::log_error::LogError;
use crate::log_follower::{FOLLOWING, FollowersClock, LogFollower, read_after};
use crate::log_options::SqliteLogOptions;
use crate::open_files::OpenFiles;
use crate::opening::{Opened, open};
use crate::past::Past;
use crate::readers::Readers;
use crate::repairs::Repairs;
use crate::reserve::Reserve;
use crate::retention::Retention;
use crate::snapshot::Snapshot;
use crate::topic_page::read_topic;
use crate::waiting::{Queue, Waiting, WaitingDeletion};
use crate::writer_thread::{DELETING, WriterThread};

/// Maximum time that a publisher waits for the disk.
const PATIENCE: Duration = Duration::from_secs(10);
/// Maximum time of a deletion, which has several commits for a topic with many events.
const DELETING_TIME: Duration = Duration::from_mins(1);
/// Maximum size of an event with its names and keys, in bytes.
const EVENT_BYTES: usize = 32 * 1024 * 1024;
/// Maximum size of the key of an event, in bytes.
const KEY_BYTES: usize = 1_024;
const WRITING: &str = "write the log of topics";
const READING: &str = "read the log of topics";

/// A log of topics in a SQLite database, in a folder on a local disk. The log outlives the process.
///
/// An event is acknowledged, and sent to subscribers, once it is committed and synced; all waiting
/// events are committed at once. An acknowledged event survives a `kill -9`, and a loss of power if
/// the disk honors the sync. A subscriber never receives an event that is lost afterwards. A
/// damaged event is reported to subscribers as a `gap`. A process that opens the log while no other
/// process has it open begins a generation of ids. If the log lost events, as a restored copy does,
/// no new event gets the id of a lost event.
///
/// Several processes of one machine can open the folder, so that a new process of a server can
/// start before the old one stops. Each process receives the events of the others within about 100
/// ms.
///
/// # Examples
///
/// ```
/// use hyperpoint::{TopicName, Topics};
/// use hyperpoint_sqlite::SqliteLog;
///
/// const TICKS: TopicName<u32> = TopicName::new("ticks");
///
/// # #[tokio::main]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let folder = std::env::temp_dir().join(format!("hyperpoint-doc-{}", std::process::id()));
/// let log = SqliteLog::open(&folder, |_| {})?;
/// let topics = Topics::with_backplane(log, |_| {});
/// topics.topic(TICKS).publish(&7).await?;
/// # drop(topics);
/// # std::fs::remove_dir_all(&folder)?;
/// # Ok(())
/// # }
/// ```
pub struct SqliteLog {
    /// The epoch of the newest generation.
    epoch: Epoch,
    past: Arc<Past>,
    queue: Arc<Queue>,
    readers: Arc<Readers>,
    last: watch::Receiver<u64>,
    writer: Option<JoinHandle<()>>,
    commits: Arc<Commits>,
    /// Holds the lock until the connections are closed.
    folder: Folder,
}

impl SqliteLog {
    /// Opens the log in this folder with the options that `change` sets, and creates the folder if
    /// it is absent. The files, and a folder that this function creates, are accessible to their
    /// owner only. Blocks the current thread until the log is open.
    ///
    /// # Errors
    ///
    /// Returns an error if the folder cannot be read or written, if another process keeps it locked
    /// for 10 s, if `topics.db` in it is damaged or was written by another application or version,
    /// or if the linked SQLite is older than 3.51.3. The message names the folder and the remedy.
    ///
    /// # Examples
    ///
    /// ```
    /// use hyperpoint_sqlite::SqliteLog;
    ///
    /// # fn main() -> std::io::Result<()> {
    /// # let folder = std::env::temp_dir().join(format!("hyperpoint-open-{}", std::process::id()));
    /// let log = SqliteLog::open(&folder, |options| options.total_bytes = 64 * 1024 * 1024)?;
    /// # drop(log);
    /// # std::fs::remove_dir_all(&folder)?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn open(
        folder: impl AsRef<Path>,
        change: impl FnOnce(&mut SqliteLogOptions),
    ) -> io::Result<Self> {
        let mut options = SqliteLogOptions::default();
        change(&mut options);
        Self::open_at(folder.as_ref(), options, Pace::default())
    }

    pub(crate) fn open_at(path: &Path, options: SqliteLogOptions, pace: Pace) -> io::Result<Self> {
        Self::start(path, options, pace).map_err(|error| {
            let kind = match &error {
                LogError::Io(error) => error.kind(),
                _ => io::ErrorKind::Other,
            };
            let text = format!("open the log of topics in `{}`: {error}", path.display());
            io::Error::new(kind, text)
        })
    }

    fn start(path: &Path, options: SqliteLogOptions, pace: Pace) -> Result<Self, LogError> {
        let Opened { folder, connection, mark, last_seq, past } = open(path, &options, pace)?;
        let damaged = || {
            LogError::Refused(
                "the table `generation` of `topics.db` is damaged; stop all \
                 processes that use the log, then start them again"
                    .to_owned(),
            )
        };
        let epoch = past.generations.newest().ok_or_else(damaged)?;
        let path = folder.database();
        let readers = Arc::new(Readers::open(&path, Arc::clone(&past))?);
        let (queue, commits) = (Arc::new(Queue::default()), Arc::<Commits>::default());
        let (last, followed) = watch::channel(last_seq);
        let writer = WriterThread {
            files: OpenFiles::of(&path)?,
            path,
            queue: Arc::clone(&queue),
            commits: Arc::clone(&commits),
            options,
            pace,
            mark,
            past: Arc::clone(&past),
            last,
            retention: Retention::new(&options),
            reserve: Reserve::new(folder.reserve(), options.total_bytes),
            next_age_check: Instant::now(),
            next_fold: Instant::now(),
            repairs: Repairs::default(),
            told: HashMap::new(),
        };
        let writer = Some(writer.start(connection)?);
        Ok(Self { epoch, past, queue, readers, last: followed, writer, commits, folder })
    }

    /// Returns the sequence number after which a follower begins: `after`, or a later one if the
    /// next events are evicted or damaged.
    async fn start_of(&self, after: u64) -> Result<u64, BackplaneError> {
        let read = move |snapshot: &Snapshot<'_>| {
            let from = after.max(snapshot.state.evicted_through);
            Ok((from, read_after(snapshot, from, 1)?.damaged_through))
        };
        let mut begin = self.readers.read(FOLLOWING, read).await?;
        while let (_, Some(damaged)) = begin {
            let read = move |snapshot: &Snapshot<'_>| {
                Ok((damaged, read_after(snapshot, damaged, 1)?.damaged_through))
            };
            begin = self.readers.read(FOLLOWING, read).await?;
        }
        Ok(begin.0)
    }
}

#[async_trait]
impl Backplane for SqliteLog {
    async fn publish(&self, draft: Draft) -> Result<Stored, BackplaneError> {
        let key_bytes = draft.key.as_ref().map_or(0, String::len);
        if key_bytes > KEY_BYTES {
            let text = format!("the key has {key_bytes} bytes; the maximum is {KEY_BYTES}");
            return Err(BackplaneError::too_large(WRITING, text));
        }
        let bytes = size(&draft);
        if bytes > EVENT_BYTES {
            let text = format!("the event has {bytes} bytes; the maximum is {EVENT_BYTES}");
            return Err(BackplaneError::too_large(WRITING, text));
        }
        let (answer, answered) = oneshot::channel();
        if !self.queue.push(Waiting { draft, answer }) {
            let text = "the queue of unwritten events is full (64 MiB); publish more slowly";
            return Err(BackplaneError::new(WRITING, text));
        }
        let late = |_| {
            BackplaneError::new(
                WRITING,
                "the event was not stored within 10 s, but may be stored later; check the disk",
            )
        };
        let closed = |_| BackplaneError::new(WRITING, "the log is closed");
        tokio::time::timeout(PATIENCE, answered).await.map_err(late)?.map_err(closed)?
    }

    async fn follow(&self, after: Option<Position>) -> Result<Following, BackplaneError> {
        let last = |snapshot: &Snapshot<'_>| Ok(snapshot.state.last_seq);
        let begun_at = self.readers.read(FOLLOWING, last).await?;
        let shared = |after| self.past.generations.shared_through(after, begun_at);
        let after = match after.and_then(shared) {
            Some(after) => self.start_of(after).await?,
            None => begun_at,
        };
        let (readers, last) = (Arc::clone(&self.readers), self.last.clone());
        let (past, now, ready) = (Arc::clone(&self.past), self.past.clock.now(), VecDeque::new());
        let clock = FollowersClock::start(now);
        let follower = LogFollower { readers, past, last, after, begun_at, ready, clock };
        let entries = stream::unfold(Some(follower), |follower| async {
            let mut follower = follower?;
            let next = follower.next().await;
            let continues = next.is_ok();
            Some((next, continues.then_some(follower)))
        });
        let position = Position { epoch: self.epoch, sequence: after };
        Ok(Following { position, now, entries: entries.boxed() })
    }

    async fn read(&self, query: PageQuery<'_>) -> Result<Page, BackplaneError> {
        let (epoch, topic) = (self.epoch, query.topic.to_owned());
        let PageQuery { at, limit_events, limit_bytes, .. } = query;
        let read = move |snapshot: &Snapshot<'_>| {
            let query = PageQuery { topic: &topic, at, limit_events, limit_bytes };
            read_topic(snapshot, epoch, &query)
        };
        self.readers.read(READING, read).await
    }

    async fn read_keys(&self, query: KeysQuery<'_>) -> Result<Option<Page>, BackplaneError> {
        let (epoch, topic) = (self.epoch, query.topic.to_owned());
        let KeysQuery { after, limit_keys, limit_bytes, .. } = query;
        let read = move |snapshot: &Snapshot<'_>| {
            let query = KeysQuery { topic: &topic, after, limit_keys, limit_bytes };
            read_keys(snapshot, epoch, &query)
        };
        self.readers.read(READING, read).await.map(Some)
    }

    async fn delete(&self, topic: &str, which: Deletion) -> Result<Deleted, BackplaneError> {
        let (answer, answered) = oneshot::channel();
        let erasing = Erasing::new(topic.to_owned(), which);
        if !self.queue.push_deletion(WaitingDeletion { erasing, answer }) {
            return Err(BackplaneError::new(DELETING, "1024 deletions are queued; retry later"));
        }
        let late = |_| {
            BackplaneError::new(
                DELETING,
                "the deletion did not finish within 60 s and may be incomplete; repeat it",
            )
        };
        let closed = |_| BackplaneError::new(DELETING, "the log is closed");
        tokio::time::timeout(DELETING_TIME, answered).await.map_err(late)?.map_err(closed)?
    }

    async fn look_up(&self, position: Position) -> Result<Lookup, BackplaneError> {
        let last = |snapshot: &Snapshot<'_>| Ok(snapshot.state.last_seq);
        let last = self.readers.read(READING, last).await?;
        Ok(Lookup { epoch: self.epoch, is_past: self.past.generations.includes(position, last) })
    }

    async fn counts(&self) -> Result<LogCounts, BackplaneError> {
        let (folder, commits) = (self.folder.path().to_owned(), Arc::clone(&self.commits));
        let read = move |snapshot: &Snapshot<'_>| count(snapshot, &folder, &commits);
        self.readers.read("count the log of topics", read).await
    }
}

impl Drop for SqliteLog {
    /// Writes the waiting events, and closes the database. The writing connection is closed last:
    /// connections that are closed at the same time leave the write-ahead log on disk.
    fn drop(&mut self) {
        self.readers.close();
        self.queue.close();
        if let Some(writer) = self.writer.take() {
            // The panic hook has already reported a panic of the thread.
            let _ = writer.join();
        }
    }
}

impl fmt::Debug for SqliteLog {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SqliteLog").field("epoch", &self.epoch).finish_non_exhaustive()
    }
}
