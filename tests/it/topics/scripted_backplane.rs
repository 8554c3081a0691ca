//! A backplane in memory, whose faults the tests choose.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::{Duration, SystemTime};

use futures_util::{StreamExt, stream};
use hyperpoint::async_trait;
use hyperpoint::topics::backplane::{
    Backplane, BackplaneError, BackplaneErrorKind, Deleted, Deletion, Draft, Entry, Following,
    Generations, KeysQuery, LogCounts, Lookup, Page, PageAt, PageQuery, Stored,
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
    /// The sequence of the last event that followers get. They have read those after it.
    pub(super) delivers_through: u64,
    /// Whether pages that were read are not delivered yet.
    pub(super) holds_pages: bool,
    /// How far the clock of the log is behind.
    pub(super) behind: Duration,
    /// How many pages were read.
    pub(super) reads: usize,
    /// How many of the newest events of its topic are deleted while each page is read.
    pub(super) deletes_in_reads: usize,
    /// The newest event of each key, by the topic and the key. `None` if these are not kept.
    newest: Option<BTreeMap<(String, String), Entry>>,
    /// How many pages of the newest events of keys were read.
    pub(super) key_reads: usize,
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
            delivers_through: u64::MAX,
            holds_pages: false,
            behind: Duration::ZERO,
            reads: 0,
            deletes_in_reads: 0,
            newest: None,
            key_reads: 0,
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

    /// Keeps the newest event of each key from now on.
    pub(super) fn keep_keys(&mut self) {
        self.newest = Some(BTreeMap::new());
    }

    /// Adds an event as it is.
    pub(super) fn put(&mut self, draft: Draft) -> Position {
        self.add(draft, None)
    }

    /// Deletes events of a topic. Returns their number.
    pub(super) fn delete(&mut self, topic: &str, which: Deletion) -> Deleted {
        let which = match which {
            Deletion::Through(sequence) => Deletion::Through(sequence.min(self.last)),
            which @ Deletion::Event(_) => which,
        };
        let is_deleted = |entry: &Entry| {
            let is_meant = match which {
                Deletion::Event(sequence) => entry.sequence == sequence,
                Deletion::Through(sequence) => entry.sequence <= sequence,
            };
            is_meant && entry.topic == topic && entry.deletes.is_none()
        };
        let before = self.entries.len();
        self.entries.retain(|entry| !is_deleted(entry));
        let events = (before - self.entries.len()) as u64;
        let newest = self.newest.iter_mut();
        let gone = newest.flat_map(|newest| newest.extract_if(.., |_, entry| is_deleted(entry)));
        let gone: Vec<_> = gone.collect();
        let is_one = matches!(which, Deletion::Event(_));
        let key = gone.into_iter().map(|((_, key), _)| key).next().filter(|_| is_one);
        let (topic, data) = (topic.to_owned(), String::new());
        let draft = Draft { topic, name: None, data, key, expires_after: None, once: None };
        self.add(draft, Some(which));
        Deleted { events, which }
    }

    fn add(&mut self, draft: Draft, deletes: Option<Deletion>) -> Position {
        self.last += 1;
        let (epoch, sequence) = (self.epoch(), self.last);
        let Draft { topic, name, data, key, expires_after, .. } = draft;
        let at = SystemTime::now() - self.behind;
        let entry = Entry { topic, epoch, sequence, name, data, key, expires_after, deletes, at };
        if let (Some(newest), Some(key), None) = (&mut self.newest, &entry.key, deletes) {
            newest.insert((entry.topic.clone(), key.clone()), entry.clone());
        }
        self.entries.push(entry);
        Position { epoch, sequence }
    }

    /// Iterates over the events of a topic.
    fn events<'a>(&'a self, topic: &'a str) -> impl DoubleEndedIterator<Item = &'a Entry> {
        self.entries.iter().filter(move |entry| entry.topic == topic && entry.deletes.is_none())
    }

    /// Evicts events up to this sequence.
    pub(super) fn evict(&mut self, through: u64) {
        self.entries.retain(|entry| entry.sequence > through);
        self.evicted_through = through;
    }

    /// Restores a copy that ended at this sequence.
    pub(super) fn restore(&mut self, last: u64) {
        self.entries.retain(|entry| entry.sequence <= last);
        self.generations.retain(|(after, _)| *after <= last);
        self.last = last;
        self.generations.push((last, Epoch::random()));
    }

    /// Reads the newest events before this sequence.
    fn before(&self, query: &PageQuery<'_>, before: u64) -> Page {
        let newest = self.events(query.topic).rev().filter(|entry| entry.sequence < before);
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

    /// Reads the oldest events after this sequence.
    fn after(&self, query: &PageQuery<'_>, after: u64) -> Page {
        let mut bytes = 0;
        let of = self.events(query.topic).filter(|entry| entry.sequence > after);
        let entries: Vec<_> = of
            .take_while(|entry| {
                let is_first = bytes == 0;
                bytes += entry.data.len();
                is_first || bytes <= query.limit_bytes
            })
            .cloned()
            .collect();
        let is_all = bytes <= query.limit_bytes;
        let through = if is_all { self.last } else { entries.last().unwrap().sequence };
        let (epoch, evicted_through) = (self.epoch(), self.evicted_through);
        let now = SystemTime::now() - self.behind;
        Page { epoch, entries, after, through, evicted_through, now }
    }

    /// Reads the newest events of keys.
    fn newest_of_keys(&self, query: &KeysQuery<'_>) -> Page {
        let newest = self.newest.iter().flat_map(BTreeMap::values);
        let of = newest.filter(|entry| entry.topic == query.topic && entry.sequence > query.after);
        let mut entries: Vec<_> = of.cloned().collect();
        entries.sort_by_key(|entry| entry.sequence);
        entries.drain(..entries.len().saturating_sub(query.limit_keys));
        let mut bytes = 0;
        let is_full = |entry: &Entry| {
            bytes += entry.data.len();
            bytes >= query.limit_bytes
        };
        let full = entries.iter().position(is_full);
        entries.truncate(full.map_or(usize::MAX, |last| last + 1));
        let (epoch, after, now) = (self.epoch(), query.after, SystemTime::now() - self.behind);
        let through = full.and_then(|_| entries.last()).map_or(self.last, |last| last.sequence);
        Page { epoch, entries, after, through, evicted_through: 0, now }
    }
}

/// A follower of one generation.
struct Follower {
    epoch: Epoch,
    /// The sequence of the last event that was read.
    after: u64,
    /// The events that were read and not delivered yet.
    read: VecDeque<Entry>,
}

impl Follower {
    /// Reads events, and returns the next one to deliver.
    fn next(&mut self, log: &Log) -> Option<Result<Entry, BackplaneError>> {
        let failed = |text: &str| Some(Err(BackplaneError::new("follow the log", text)));
        if self.epoch != log.epoch() {
            return failed("another generation");
        }
        if log.is_held {
            return None;
        }
        if self.after < log.evicted_through {
            // Entries read before are delivered first. Further ones would skip those that are evicted.
            if self.read.is_empty() {
                return failed("the next event is evicted");
            }
        } else {
            let after = self.after;
            self.read.extend(log.entries.iter().filter(|entry| entry.sequence > after).cloned());
            self.after = self.read.back().map_or(after, |last| last.sequence);
        }
        let is_delivered = |entry: &Entry| entry.sequence <= log.delivers_through;
        self.read.front().is_some_and(is_delivered).then(|| self.read.pop_front())?.map(Ok)
    }
}

#[async_trait]
impl Backplane for ScriptedBackplane {
    async fn publish(&self, draft: Draft) -> Result<Stored, BackplaneError> {
        if self.lock().is_down {
            let error = BackplaneError::new("store an event", "the disk is full");
            return Err(error.of_kind(BackplaneErrorKind::Full));
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
        let Position { epoch, sequence: after } = position;
        let follower = Follower { epoch, after, read: VecDeque::new() };
        let entries = stream::unfold((changed, follower), move |(mut changed, mut follower)| {
            let log = Arc::clone(&log);
            async move {
                loop {
                    changed.borrow_and_update();
                    let next = follower.next(&log.lock().unwrap());
                    if let Some(next) = next {
                        return Some((next, (changed, follower)));
                    }
                    changed.changed().await.ok()?;
                }
            }
        });
        Ok(Following { position, now, entries: entries.boxed() })
    }

    async fn read(&self, query: PageQuery<'_>) -> Result<Page, BackplaneError> {
        let page = self.change(|log| {
            log.reads += 1;
            match query.at {
                PageAt::After(after) => log.after(&query, after),
                PageAt::Before(before) => log.before(&query, before),
            }
        });
        let mut changed = self.changed.subscribe();
        while self.lock().holds_pages {
            let _ = changed.changed().await;
        }
        let deleted: Vec<_> = {
            let log = self.lock();
            let newest = log.events(query.topic).rev().take(log.deletes_in_reads);
            newest.map(|entry| entry.sequence).collect()
        };
        for sequence in &deleted {
            self.change(|log| log.delete(query.topic, Deletion::Event(*sequence)));
        }
        if !deleted.is_empty() {
            // Until followers have received the deletions.
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        Ok(page)
    }

    async fn read_keys(&self, query: KeysQuery<'_>) -> Result<Option<Page>, BackplaneError> {
        Ok(self.change(|log| {
            log.key_reads += 1;
            log.newest.is_some().then(|| log.newest_of_keys(&query))
        }))
    }

    async fn delete(&self, topic: &str, which: Deletion) -> Result<Deleted, BackplaneError> {
        Ok(self.change(|log| log.delete(topic, which)))
    }

    async fn look_up(&self, position: Position) -> Result<Lookup, BackplaneError> {
        let log = self.lock();
        let is_past = log.generations().includes(position, log.last);
        Ok(Lookup { epoch: log.epoch(), is_past })
    }

    async fn counts(&self) -> Result<LogCounts, BackplaneError> {
        let log = self.lock();
        if log.is_down {
            return Err(BackplaneError::new("count the log", "the disk is full"));
        }
        let mut counts = LogCounts::default();
        counts.last = Some(log.last);
        Ok(counts)
    }
}
