//! Tests new and resumed subscribers that conflate against a simple model: the newest event of each
//! key.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use futures_util::StreamExt;
use hyperpoint_topics::backplane::{Backplane, Deletion, Draft};
use hyperpoint_topics::{OnLag, Position, Received, TopicEvents, TopicName, TopicSet, Topics};

use super::log_folder::{LogFolder, draft, publish_all, rounds, seeded};
use super::newest_of_keys::keyed;
use crate::SqliteLog;

const TOPICS: [&str; 2] = ["prices", "rates"];
const MARKER: u8 = u8::MAX;
const PATIENCE: Duration = Duration::from_secs(20);

/// The index of an event's topic, and the event's key.
type Key = (usize, u8);

fn open(folder: &LogFolder) -> (Arc<SqliteLog>, Topics) {
    let log = SqliteLog::open(folder.path(), |options| options.total_bytes = 1024 * 1024);
    let log = Arc::new(log.unwrap());
    let preload = fastrand::u64(0..40);
    let topics = Topics::with_backplane(Arc::clone(&log), |options| {
        options.preload_events = preload;
    });
    (log, topics)
}

/// A client that shows the newest value of each key.
struct Client {
    topics: Vec<usize>,
    events: TopicEvents<String>,
    last: Option<Position>,
    shown: BTreeMap<Key, u64>,
    has_gap: bool,
    /// The position at which the last gap ended.
    gap_end: Option<Position>,
}

impl Client {
    fn new(topics: Vec<usize>, events: TopicEvents<String>) -> Self {
        let (last, shown, has_gap, gap_end) = Default::default();
        Self { topics, events, last, shown, has_gap, gap_end }
    }
}

struct World {
    folder: LogFolder,
    log: Option<(Arc<SqliteLog>, Topics)>,
    published: u64,
    newest: BTreeMap<Key, (u64, u64)>,
    /// The numbers in the data of deleted events.
    deleted: BTreeSet<u64>,
    /// The keys whose newest event was deleted. Clients that have received the event still show it.
    open_keys: BTreeSet<Key>,
    clients: Vec<Client>,
}

impl World {
    fn new() -> Self {
        let folder = LogFolder::new();
        let log = Some(open(&folder));
        let (newest, deleted, open_keys, clients) = Default::default();
        Self { folder, log, published: 0, newest, deleted, open_keys, clients }
    }

    fn log(&self) -> &(Arc<SqliteLog>, Topics) {
        self.log.as_ref().unwrap()
    }

    async fn step(&mut self) {
        match fastrand::u8(..60) {
            0..40 => {
                for _ in 0..fastrand::u8(1..8) {
                    self.publish(fastrand::usize(..2), fastrand::u8(..12)).await;
                }
            }
            40..43 => self.delete().await,
            43 => self.purge(fastrand::usize(..2)).await,
            44..47 => self.flood().await,
            47 => {
                if fastrand::bool() {
                    // The restarted node then finds no event of the topics in the log.
                    self.flood().await;
                }
                self.restart();
            }
            48..53 if self.clients.len() < 6 => {
                let topics = [vec![0], vec![1], vec![0, 1]][fastrand::usize(..3)].clone();
                let events = self.subscribe(&topics, None);
                self.clients.push(Client::new(topics, events));
            }
            53..56 if !self.clients.is_empty() => {
                let client = fastrand::usize(..self.clients.len());
                let mut left = fastrand::u8(1..40);
                while left > 0 && self.take(client, Duration::from_millis(1)).await {
                    left -= 1;
                }
            }
            56..58 if !self.clients.is_empty() => {
                let client = fastrand::usize(..self.clients.len());
                self.reconnect(client);
            }
            58 => self.check().await,
            _ => {}
        }
    }

    async fn flood(&self) {
        let each = (0..fastrand::u32(50..500)).map(|_| keyless());
        publish_all(&self.log().0, each).await;
    }

    fn subscribe(&self, topics: &[usize], after: Option<Position>) -> TopicEvents<String> {
        let names = topics.iter().map(|topic| TopicName::<String>::new(TOPICS[*topic]));
        let topics: Vec<_> = names.map(|name| self.log().1.topic(name)).collect();
        let subscription = TopicSet::of(&topics).subscribe().on_lag(OnLag::Conflate);
        match after {
            Some(after) => subscription.after(after).text_events(),
            None => subscription.history(usize::MAX).text_events(),
        }
    }

    async fn publish(&mut self, topic: usize, key: u8) {
        self.published += 1;
        let padding = " ".repeat(fastrand::usize(..400));
        let draft = keyed(TOPICS[topic], key, format!("{topic} {key} {}{padding}", self.published));
        let stored = self.log().0.publish(draft).await.unwrap();
        self.newest.insert((topic, key), (stored.position.sequence, self.published));
        self.open_keys.remove(&(topic, key));
    }

    /// Deletes the newest event of a key.
    async fn delete(&mut self) {
        let key = (fastrand::usize(..2), fastrand::u8(..12));
        let Some((sequence, number)) = self.newest.remove(&key) else { return };
        let which = Deletion::Event(sequence);
        assert_eq!(self.log().0.delete(TOPICS[key.0], which).await.unwrap().events, 1);
        self.deleted.insert(number);
        self.open_keys.insert(key);
    }

    async fn purge(&mut self, topic: usize) {
        let which = Deletion::Through(u64::MAX);
        let deleted = self.log().0.delete(TOPICS[topic], which).await.unwrap();
        let gone: Vec<_> = self.newest.extract_if(.., |key, _| key.0 == topic).collect();
        assert!(deleted.events >= gone.len() as u64);
        self.deleted.extend(gone.iter().map(|(_, (_, number))| number));
        self.open_keys.extend(gone.iter().map(|(key, _)| *key));
    }

    fn restart(&mut self) {
        self.clients.iter_mut().for_each(|client| client.has_gap = true);
        let clients = std::mem::take(&mut self.clients);
        let kept: Vec<_> =
            clients.into_iter().map(|client| (client.topics, client.last, client.shown)).collect();
        self.log = None;
        self.log = Some(open(&self.folder));
        for (topics, last, shown) in kept {
            let shown = if last.is_some() { shown } else { BTreeMap::new() };
            let events = self.subscribe(&topics, last);
            self.clients.push(Client { last, shown, ..Client::new(topics, events) });
        }
    }

    fn reconnect(&mut self, client: usize) {
        let (topics, last) = (self.clients[client].topics.clone(), self.clients[client].last);
        self.clients[client].events = self.subscribe(&topics, last);
        self.clients[client].gap_end = None;
    }

    /// Receives the next event or gap of a client. Returns whether it arrived within `patience`.
    async fn take(&mut self, client: usize, patience: Duration) -> bool {
        let client = &mut self.clients[client];
        let Ok(next) = tokio::time::timeout(patience, client.events.next()).await else {
            return false;
        };
        match next.expect("the stream goes on") {
            Received::Event { position, data, .. } => {
                let last = client.last.replace(position);
                let is_later = last.is_none_or(|last| last.sequence < position.sequence);
                assert!(is_later, "{data} at {position} after {last:?}");
                let mut numbers = data.split_whitespace().map(|text| text.parse::<u64>().unwrap());
                let [topic, key, number] = std::array::from_fn(|_| numbers.next().unwrap());
                let key = (usize::try_from(topic).unwrap(), u8::try_from(key).unwrap());
                client.shown.insert(key, number);
            }
            Received::Gap(gap) => {
                client.has_gap = true;
                let end = client.events.position().expect("it has begun");
                let before = client.gap_end.replace(end);
                let is_later = before.is_none_or(|before| before.sequence < end.sequence);
                assert!(is_later, "{gap:?} after a gap that ended at {before:?}");
            }
            other => panic!("{other:?}"),
        }
        true
    }

    /// Checks that each client shows the newest values. A client that received a gap subscribes
    /// again without an id before the check.
    async fn check(&mut self) {
        for topic in 0..2 {
            self.publish(topic, MARKER).await;
        }
        for client in 0..self.clients.len() {
            self.read_all(client).await;
            let mut starts = 0;
            while self.clients[client].has_gap {
                assert!(
                    starts < 5,
                    "a new client has no gap, unless the node had not followed the log"
                );
                starts += 1;
                let events = self.subscribe(&self.clients[client].topics, None);
                let fresh = &mut self.clients[client];
                (fresh.events, fresh.last) = (events, None);
                (fresh.has_gap, fresh.gap_end) = (false, None);
                fresh.shown.clear();
                self.read_all(client).await;
                let is_deleted = |number: &u64| self.deleted.contains(number);
                assert!(!self.clients[client].shown.values().any(is_deleted));
            }
            let client = &self.clients[client];
            let wanted = self.newest.iter().filter(|(key, _)| client.topics.contains(&key.0));
            for (key, (sequence, number)) in wanted {
                assert_eq!(client.shown.get(key), Some(number), "{key:?} at {sequence}");
            }
            for key in client.shown.keys() {
                assert!(self.newest.contains_key(key) || self.open_keys.contains(key), "{key:?}");
            }
        }
    }

    async fn read_all(&mut self, client: usize) {
        let topics = self.clients[client].topics.clone();
        let markers: Vec<_> = topics.iter().map(|topic| self.newest[&(*topic, MARKER)].1).collect();
        let is_done = |client: &Client| {
            let shown = topics.iter().map(|topic| client.shown.get(&(*topic, MARKER)));
            shown.eq(markers.iter().map(Some))
        };
        while !is_done(&self.clients[client]) {
            assert!(self.take(client, PATIENCE).await, "it is not sent everything");
        }
    }
}

fn keyless() -> Draft {
    draft("flood", "7".repeat(1_000))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_shows_the_newest_value_of_each_key_whatever_is_evicted_deleted_or_restarted() {
    seeded();
    let mut world = World::new();
    for _ in 0..rounds(300) {
        world.step().await;
    }
    world.check().await;
}
