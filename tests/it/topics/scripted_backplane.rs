//! A backplane in memory, whose faults the tests choose.

use std::sync::{Arc, Mutex, MutexGuard};
use std::time::{Duration, SystemTime};

use futures_util::{StreamExt, stream};
use hyperpoint::async_trait;
use hyperpoint::topics::backplane::{
    Backplane, BackplaneError, Deleted, Deletion, Draft, Entry, Following, Generations, Lookup,
    Page, PageAt, PageQuery, Stored,
};
use hyperpoint::topics::{Epoch, Position};
use tokio::sync::watch;

/// A log that the tests change. Clones share it.
#[derive(Clone, Debug)]
pub(super) struct ScriptedBackplane {
    log: Arc<Mutex<Log>>,
    /// Changes with the log.
    changed: watch::Sender<()>,
}

/// The log: what the tests change.
#[derive(Debug)]
pub(super) struct Log {
    pub(super) generations: Vec<(u64, Epoch)>,
    pub(super) entries: Vec<Entry>,
    pub(super) last: u64,
    pub(super) evicted_through: u64,
    /// Whether publications fail.
    pub(super) is_down: bool,
    /// Whether followers get no events.
    pub(super) is_held: bool,
    /// How far the clock of the log is behind.
    pub(super) behind: Duration,
    /// How many pages were read.
    pub(super) reads: usize,
}

impl ScriptedBackplane {
    pub(super) fn new() -> Self {
        let log = Log {
            generations: vec![(0, Epoch::random())],
            entries: Vec::new(),
            last: 0,
            evicted_through: 0,
            is_down: false,
            is_held: false,
            behind: Duration::ZERO,
            reads: 0,
        };
        Self { log: Arc::new(Mutex::new(log)), changed: watch::Sender::new(()) }
    }

    /// Changes the log.
    pub(super) fn change<T>(&self, change: impl FnOnce(&mut Log) -> T) -> T {
        let changed = change(&mut self.lock());
        self.changed.send_replace(());
        changed
    }

    fn lock(&self) -> MutexGuard<'_, Log> {
        self.log.lock().unwrap()
    }
}

impl Log {
    fn generations(&self) -> Generations {
        Generations::new(self.generations.iter().copied())
    }

    fn epoch(&self) -> Epoch {
        self.generations().newest().unwrap()
    }

    /// Adds an event as it is.
    pub(super) fn put(&mut self, draft: Draft) -> Position {
        self.last += 1;
        let (epoch, sequence) = (self.epoch(), self.last);
        let Draft { topic, name, data, key, expires_after, .. } = draft;
        let at = SystemTime::now() - self.behind;
        self.entries.push(Entry {
            topic,
            epoch,
            sequence,
            name,
            data,
            key,
            expires_after,
            deletes: None,
            at,
        });
        Position { epoch, sequence }
    }

    /// Evicts events up to this sequence.
    pub(super) fn evict(&mut self, through: u64) {
        self.entries.retain(|entry| entry.sequence > through);
        self.evicted_through = through;
    }

    /// Restores a copy that ended at this sequence.
    pub(super) fn restore(&mut self, last: u64) {
        self.entries.retain(|entry| entry.sequence <= last);
        self.last = last;
        self.generations.push((last, Epoch::random()));
    }

    /// Reads the newest events before this sequence.
    fn before(&self, query: &PageQuery<'_>, before: u64) -> Page {
        let of = |entry: &&Entry| entry.topic == query.topic && entry.sequence < before;
        let newest = self.entries.iter().rev().filter(of);
        let mut entries: Vec<_> = newest.take(query.limit_events).cloned().collect();
        entries.reverse();
        let is_full = entries.len() >= query.limit_events;
        let first = entries.first().filter(|_| is_full);
        let (epoch, evicted_through) = (self.epoch(), self.evicted_through);
        let after = first.map_or(evicted_through, |entry| entry.sequence - 1);
        let through = self.last.min(before - 1);
        Page {
            epoch,
            entries,
            after: after.min(through),
            through,
            evicted_through,
            now: SystemTime::now() - self.behind,
        }
    }

    /// Returns the next event for a follower of this generation.
    fn next(&self, epoch: Epoch, after: u64) -> Option<Result<Entry, BackplaneError>> {
        let failed = |text: &str| Some(Err(BackplaneError::new("follow the log", text)));
        if epoch != self.epoch() {
            return failed("another generation");
        }
        if self.is_held {
            return None;
        }
        if after < self.evicted_through {
            return failed("the next event is evicted");
        }
        self.entries.iter().find(|entry| entry.sequence > after).cloned().map(Ok)
    }
}

#[async_trait]
impl Backplane for ScriptedBackplane {
    async fn publish(&self, draft: Draft) -> Result<Stored, BackplaneError> {
        if self.lock().is_down {
            return Err(BackplaneError::new("store an event", "the disk is full"));
        }
        Ok(Stored { position: self.change(|log| log.put(draft)), is_duplicate: false })
    }

    async fn follow(&self, after: Option<Position>) -> Result<Following, BackplaneError> {
        let (position, now) = {
            let log = self.lock();
            let from = after.map_or(log.last, |after| {
                log.generations().shared_through(after, log.last).unwrap_or(0)
            });
            let sequence = from.max(log.evicted_through);
            (Position { epoch: log.epoch(), sequence }, SystemTime::now() - log.behind)
        };
        let changed = self.changed.subscribe();
        let log = Arc::clone(&self.log);
        let entries = stream::unfold((changed, position.sequence), move |(mut changed, after)| {
            let log = Arc::clone(&log);
            async move {
                loop {
                    changed.borrow_and_update();
                    let next = log.lock().unwrap().next(position.epoch, after);
                    if let Some(next) = next {
                        let after = next.as_ref().map_or(after, |entry| entry.sequence);
                        return Some((next, (changed, after)));
                    }
                    changed.changed().await.ok()?;
                }
            }
        });
        Ok(Following { position, now, entries: entries.boxed() })
    }

    async fn read(&self, query: PageQuery<'_>) -> Result<Page, BackplaneError> {
        let mut log = self.lock();
        log.reads += 1;
        let PageQuery { topic, at, limit_bytes, .. } = query;
        let after = match at {
            PageAt::After(after) => after,
            PageAt::Before(before) => return Ok(log.before(&query, before)),
        };
        let of = log.entries.iter().filter(|entry| entry.topic == topic && entry.sequence > after);
        let mut bytes = 0;
        let entries: Vec<_> = of
            .take_while(|entry| {
                let is_first = bytes == 0;
                bytes += entry.data.len();
                is_first || bytes <= limit_bytes
            })
            .cloned()
            .collect();
        let is_all = bytes <= limit_bytes;
        let through = if is_all { log.last } else { entries.last().unwrap().sequence };
        let (epoch, evicted_through) = (log.epoch(), log.evicted_through);
        let now = SystemTime::now() - log.behind;
        Ok(Page { epoch, entries, after, through, evicted_through, now })
    }

    async fn delete(&self, _: &str, _: Deletion) -> Result<Deleted, BackplaneError> {
        Err(BackplaneError::new("delete events", "the log is read only"))
    }

    async fn look_up(&self, position: Position) -> Result<Lookup, BackplaneError> {
        let log = self.lock();
        let is_past = log.generations().includes(position, log.last);
        Ok(Lookup { epoch: log.epoch(), is_past })
    }
}
