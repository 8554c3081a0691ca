//! The connections that read. A fixed number of them is opened with the log, so that a process
//! without free file descriptors can still read.

use std::collections::VecDeque;
use std::fmt;
use std::path::Path;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use hyperpoint_topics::BackplaneError;
use rusqlite::Connection;
use tokio::sync::oneshot;
use tokio::time::timeout;

use crate::connection::open_reader;
use crate::log_error::Result;
use crate::past::Past;
use crate::snapshot::Snapshot;

/// The number of connections.
const READERS: usize = 4;
/// Maximum number of queued reads.
const WAITING: usize = 4_096;
/// Maximum time of a read, including its wait in the queue.
const PATIENCE: Duration = Duration::from_secs(10);

type Job = Box<dyn FnOnce(Result<&Connection>) -> Health + Send>;

/// Whether a connection can be reused.
#[derive(PartialEq, Eq)]
enum Health {
    Sound,
    Failed,
}

/// The connections that read, each with its own thread.
pub(crate) struct Readers {
    jobs: Arc<Jobs>,
    past: Arc<Past>,
    threads: Mutex<Vec<JoinHandle<()>>>,
}

#[derive(Default)]
struct Jobs {
    state: Mutex<State>,
    is_news: Condvar,
}

#[derive(Default)]
struct State {
    waiting: VecDeque<Job>,
    is_closed: bool,
}

impl Readers {
    pub(crate) fn open(path: &Path, past: Arc<Past>) -> Result<Self> {
        let jobs = Arc::new(Jobs::default());
        let connections: Result<Vec<_>> = (0..READERS).map(|_| open_reader(path)).collect();
        let readers = Self { jobs, past, threads: Mutex::default() };
        for connection in connections? {
            let (jobs, path) = (Arc::clone(&readers.jobs), path.to_owned());
            let thread = thread::Builder::new().name("hyperpoint-read".to_owned());
            let thread = thread.spawn(move || jobs.run(connection, &path))?;
            readers.threads().push(thread);
        }
        Ok(readers)
    }

    /// Runs `work` on a snapshot of the log in a reading thread. `doing` names the operation in
    /// errors. Returns an error if `work` fails, if the log is closed, if the queue is full, or
    /// after 10 s.
    pub(crate) async fn read<T: Send + 'static>(
        &self,
        doing: &'static str,
        work: impl FnOnce(&Snapshot<'_>) -> Result<T> + Send + 'static,
    ) -> std::result::Result<T, BackplaneError> {
        let (answer, answered) = oneshot::channel();
        let past = Arc::clone(&self.past);
        let job: Job = Box::new(move |connection| {
            if answer.is_closed() {
                return Health::Sound;
            }
            let done = connection.and_then(|connection| Snapshot::take(connection, &past, work));
            let health = if done.is_ok() { Health::Sound } else { Health::Failed };
            // A caller that was dropped needs no answer.
            let _ = answer.send(done);
            health
        });
        if !self.jobs.push(job) {
            return Err(BackplaneError::new(
                doing,
                "the log is closed, or 4096 reads are queued; retry later",
            ));
        }
        let late = |_| {
            BackplaneError::new(
                doing,
                "the read did not finish within 10 s; check the disk, and retry",
            )
        };
        let closed = |_| BackplaneError::new(doing, "the log is closed");
        let done = timeout(PATIENCE, answered).await.map_err(late)?.map_err(closed)?;
        done.map_err(|error| error.of_backplane(doing))
    }

    /// Closes the connections, waits for reads that have begun, and cancels the queued reads.
    pub(crate) fn close(&self) {
        self.jobs.close();
        for thread in self.threads().drain(..) {
            // The panic hook has already reported a panic of the thread.
            let _ = thread.join();
        }
    }

    fn threads(&self) -> MutexGuard<'_, Vec<JoinHandle<()>>> {
        self.threads.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Jobs {
    fn push(&self, job: Job) -> bool {
        let mut state = self.lock();
        let has_room = state.waiting.len() < WAITING && !state.is_closed;
        if has_room {
            state.waiting.push_back(job);
            drop(state);
            self.is_news.notify_one();
        }
        has_room
    }

    fn close(&self) {
        let mut state = self.lock();
        state.is_closed = true;
        state.waiting.clear();
        drop(state);
        self.is_news.notify_all();
    }

    fn run(&self, connection: Connection, path: &Path) {
        let mut connection = Some(connection);
        while let Some(job) = self.next() {
            let opened = match connection.take() {
                Some(connection) => Ok(connection),
                None => open_reader(path),
            };
            match opened {
                Ok(opened) => {
                    let health = job(Ok(&opened));
                    connection = (health == Health::Sound).then_some(opened);
                }
                Err(error) => drop(job(Err(error))),
            }
        }
    }

    fn next(&self) -> Option<Job> {
        let nothing = |state: &mut State| state.waiting.is_empty() && !state.is_closed;
        let waited = self.is_news.wait_while(self.lock(), nothing);
        waited.unwrap_or_else(PoisonError::into_inner).waiting.pop_front()
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for Readers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Readers").finish_non_exhaustive()
    }
}
