//! Owns the one sequence of the events of all topics, the set of topics, and the limits over all of
//! them.

use std::collections::{BTreeMap, HashMap, VecDeque};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use hyperpoint_sse::UnsequencedEvent;
use tokio::time::Instant;

use super::block::{Meta, Single};
use super::channel::Channel;
use super::freed::Freed;
use super::recent::Recent;
use super::ring::Ring;
use super::waiters::Waiters;
use crate::limits::TopicLimits;
use crate::position::{Epoch, Position};

/// The clock of a new hub in milliseconds. It is far from 0, because events of the backplane may be
/// older than the hub.
const BEGINNING_MS: u64 = 1 << 45;

/// How many topics each publish checks for eviction.
const SWEPT_TOPICS: usize = 2;

/// All topics of one node, and the one sequence of their events.
#[derive(Debug)]
pub(crate) struct Hub {
    origin: Instant,
    limits: TopicLimits,
    limit_bytes: usize,
    once_window: Duration,
    epoch: AtomicU64,
    /// The sequence of the last event. This event and all earlier ones are in their rings.
    committed: AtomicU64,
    log: Mutex<Log>,
    /// The subscribers that wait until the epoch is known.
    pub(crate) opened: Waiters,
}

#[derive(Debug)]
struct Log {
    /// The epoch of the sequences. `Hub::epoch` becomes equal to it when the hub opens.
    epoch: Epoch,
    /// The sequence of the last event.
    last: u64,
    /// While events are preloaded, and for a while afterwards, topics that were not subscribed to yet keep
    /// all of them: until then.
    preloads_until_ms: Option<u64>,
    topics: HashMap<Arc<str>, Arc<Channel>>,
    freed: Freed,
    /// The approximate memory of all rings, in bytes.
    bytes: usize,
    /// Each topic that keeps an event, by the sequence of its first event or a lower sequence.
    oldest: BTreeMap<u64, Arc<Channel>>,
    /// Each topic once, in the order in which the sweep checks them.
    sweep: VecDeque<Arc<Channel>>,
    recent: Recent,
}

/// An event that has no sequence yet.
pub(crate) struct NewEvent<'a> {
    pub(crate) topic: &'a str,
    pub(crate) limits: Option<TopicLimits>,
    pub(crate) event: UnsequencedEvent,
    pub(crate) key: Option<Arc<str>>,
    /// The idempotency key: the event is a duplicate if one with the same key is in the log.
    pub(crate) once: Option<String>,
}

/// The result of appending an event.
pub(crate) struct Appended {
    pub(crate) position: Position,
    pub(crate) is_duplicate: bool,
}

impl Hub {
    /// Creates an empty hub. The epoch may be [`Epoch::UNKNOWN`]: subscribers then wait until
    /// [`open`](Self::open).
    pub(crate) fn new(
        epoch: Epoch,
        limits: TopicLimits,
        limit_bytes: usize,
        once_window: Duration,
    ) -> Self {
        Self {
            origin: Instant::now(),
            limits,
            limit_bytes,
            once_window,
            epoch: AtomicU64::new(epoch.bits()),
            committed: AtomicU64::new(0),
            log: Mutex::new(Log::new(epoch, limit_bytes)),
            opened: Waiters::default(),
        }
    }

    /// Returns the epoch, once it is known.
    pub(crate) fn epoch(&self) -> Option<Epoch> {
        let bits = self.epoch.load(Ordering::Acquire);
        (bits != 0).then(|| Epoch::from_bits(bits))
    }

    /// Returns the sequence of the last event. This event and all earlier ones can be read.
    pub(crate) fn committed(&self) -> u64 {
        self.committed.load(Ordering::Acquire)
    }

    /// Appends an event with the next sequence, and wakes the subscribers of its topic.
    pub(crate) fn append(&self, new: NewEvent<'_>) -> Appended {
        let now_ms = self.now_ms();
        let mut log = self.lock();
        let epoch = log.epoch;
        let channel = self.channel(&mut log, new.topic, new.limits);
        if let Some(once) = new.once {
            let window_ms = u64::try_from(self.once_window.as_millis()).unwrap_or(u64::MAX);
            if let Some(sequence) = log.recent.find(&channel.name, &once, now_ms, window_ms) {
                return Appended { position: Position { epoch, sequence }, is_duplicate: true };
            }
            let next = log.last + 1;
            log.recent.note(&channel.name, once, now_ms, next);
        }
        let position = Position { epoch, sequence: log.last + 1 };
        let key = new.key;
        let meta = Meta { sequence: position.sequence, at_ms: now_ms, key, is_superseded: false };
        let single = Single { meta, bytes: new.event.with_id(&position.id()) };
        self.push(&mut log, &channel, single);
        drop(log);
        channel.waiters.wake();
        Appended { position, is_duplicate: false }
    }

    /// Appends an event whose position and age are known. Ignored unless its sequence is past the last
    /// one.
    pub(crate) fn append_at(&self, position: Position, age: Duration, new: NewEvent<'_>) {
        let sequence = position.sequence;
        let age_ms = u64::try_from(age.as_millis()).unwrap_or(u64::MAX);
        let at_ms = self.now_ms().saturating_sub(age_ms);
        let mut log = self.lock();
        if sequence <= log.last {
            return;
        }
        let channel = self.channel(&mut log, new.topic, None);
        let meta = Meta { sequence, at_ms, key: new.key, is_superseded: false };
        let bytes = new.event.with_id(&position.id());
        self.push(&mut log, &channel, Single { meta, bytes });
        drop(log);
        channel.waiters.wake();
    }

    /// Notes that this topic has an event with this sequence which this node cannot keep: its subscribers
    /// lose it, and all events before. Ignored unless the sequence is past the last one.
    pub(crate) fn lose(&self, sequence: u64, topic: &str) {
        let mut log = self.lock();
        if sequence <= log.last {
            return;
        }
        let epoch = log.epoch;
        let channel = self.channel(&mut log, topic, None);
        log.change(&channel, |ring| ring.reset(epoch, sequence));
        log.last = sequence;
        self.committed.store(sequence, Ordering::Release);
        channel.set_head(sequence);
        drop(log);
        channel.waiters.wake();
    }

    /// Returns the position of the last event, once the epoch is known.
    pub(crate) fn position(&self) -> Option<Position> {
        let log = self.lock();
        Some(Position { epoch: self.epoch()?, sequence: log.last })
    }

    /// Resumes at this position, and opens the hub. If it is not the position of the last event, drops
    /// all events: subscribers find that they are in another epoch, or that events are evicted.
    pub(crate) fn start(&self, position: Position) {
        if self.fill_from(position) {
            self.open();
        }
    }

    /// Resumes at this position, as [`start`](Self::start) does, but new subscribers wait until
    /// [`open`](Self::open) is called. Returns whether it differs from the position before.
    pub(crate) fn fill_from(&self, position: Position) -> bool {
        let mut log = self.lock();
        if log.epoch == position.epoch && log.last == position.sequence {
            return false;
        }
        let channels: Vec<_> = log.topics.values().cloned().collect();
        for channel in &channels {
            log.change(channel, |ring| ring.reset(position.epoch, position.sequence));
            channel.set_head(position.sequence);
        }
        log.recent = Recent::default();
        log.epoch = position.epoch;
        log.last = position.sequence;
        log.preloads_until_ms = Some(u64::MAX);
        log.freed = Freed::new(self.limit_bytes, position.sequence);
        self.committed.store(position.sequence, Ordering::Release);
        true
    }

    /// Publishes the epoch and wakes all subscribers: new ones begin, and the others find out whether
    /// the epoch changed.
    pub(crate) fn open(&self) {
        let now_ms = self.now_ms();
        let mut log = self.lock();
        let channels: Vec<_> = log.topics.values().cloned().collect();
        for channel in &channels {
            log.change(channel, |ring| ring.evict_older(now_ms));
        }
        let age_ms = u64::try_from(self.limits.age.as_millis()).unwrap_or(u64::MAX);
        log.preloads_until_ms = Some(now_ms.saturating_add(age_ms));
        self.epoch.store(log.epoch.bits(), Ordering::Release);
        drop(log);
        self.opened.wake();
        for channel in &channels {
            channel.waiters.wake();
        }
    }

    /// Adds a subscriber to the topic with this name, and returns the topic.
    pub(crate) fn subscribe(&self, topic: &str, limits: Option<TopicLimits>) -> Arc<Channel> {
        let mut log = self.lock();
        log.sweep(self.limits, self.now_ms());
        let channel = self.channel(&mut log, topic, limits);
        log.limit(&channel, self.limits, self.now_ms());
        channel.subscribers.fetch_add(1, Ordering::AcqRel);
        channel
    }

    /// Removes a subscriber. A topic without subscribers is freed when its last event is older than its
    /// age limit.
    pub(crate) fn unsubscribe(&self, channel: &Arc<Channel>) {
        if channel.subscribers.fetch_sub(1, Ordering::AcqRel) == 1 {
            self.lock().sweep_topic(channel, self.limits, self.now_ms());
        }
    }

    /// Returns the number of subscribers of this topic.
    pub(crate) fn subscribers(&self, topic: &str) -> usize {
        let log = self.lock();
        log.topics.get(topic).map_or(0, |channel| channel.subscribers.load(Ordering::Acquire))
    }

    /// Returns the limit over all topics, in bytes.
    pub(crate) fn limit_bytes(&self) -> usize {
        self.limit_bytes
    }

    /// Returns the number of topics, and their approximate memory in bytes.
    pub(crate) fn size(&self) -> (usize, usize) {
        let log = self.lock();
        (log.topics.len(), log.bytes + log.freed.bytes())
    }

    /// Returns the topic with this name, and creates it if it is absent. Applies `limits`, if given.
    fn channel(&self, log: &mut Log, topic: &str, limits: Option<TopicLimits>) -> Arc<Channel> {
        if let Some(channel) = log.topics.get(topic) {
            if let Some(limits) = limits.filter(|limits| channel.ring().limits != *limits) {
                channel.ring_mut().limits = limits;
            }
            return Arc::clone(channel);
        }
        let name: Arc<str> = topic.into();
        let freed_through = log.freed.through(topic);
        let is_preloaded = log.preloads_until_ms == Some(u64::MAX);
        let unset = if is_preloaded { TopicLimits::UNKNOWN } else { self.limits };
        let ring = Ring::new(log.epoch, limits.unwrap_or(unset), freed_through);
        let channel = Channel::new(Arc::clone(&name), ring);
        log.topics.insert(name, Arc::clone(&channel));
        log.sweep.push_back(Arc::clone(&channel));
        channel
    }

    /// Appends an event to its ring, and enforces the limits over all topics.
    fn push(&self, log: &mut Log, channel: &Arc<Channel>, single: Single) {
        let (sequence, now_ms) = (single.meta.sequence, single.meta.at_ms);
        log.change(channel, |ring| ring.push(single));
        log.last = sequence;
        log.evict_over(self.limit_bytes, sequence);
        log.sweep(self.limits, now_ms);
        // The sequence of all topics goes first: a subscriber that sees the new head of a topic reads up
        // to it.
        self.committed.store(sequence, Ordering::Release);
        channel.set_head(sequence);
    }

    /// Returns the time in milliseconds on the clock by which events are aged.
    pub(crate) fn now_ms(&self) -> u64 {
        let since = u64::try_from(self.origin.elapsed().as_millis()).unwrap_or(u64::MAX);
        since.saturating_add(BEGINNING_MS)
    }

    fn lock(&self) -> MutexGuard<'_, Log> {
        self.log.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Log {
    fn new(epoch: Epoch, limit_bytes: usize) -> Self {
        let (topics, oldest, sweep, recent) = Default::default();
        let (freed, preloads_until_ms) = (Freed::new(limit_bytes, 0), None);
        Self { epoch, last: 0, preloads_until_ms, topics, freed, bytes: 0, oldest, sweep, recent }
    }

    /// Changes a ring, and updates the total of bytes and the list of the oldest events.
    fn change(&mut self, channel: &Arc<Channel>, change: impl FnOnce(&mut Ring)) {
        let mut ring = channel.ring_mut();
        let before = ring.bytes();
        change(&mut ring);
        self.bytes = self.bytes + ring.bytes() - before;
        if channel.listed_at.load(Ordering::Relaxed) == 0
            && let Some(first) = ring.first().map(|meta| meta.sequence)
        {
            channel.listed_at.store(first, Ordering::Relaxed);
            self.oldest.insert(first, Arc::clone(channel));
        }
    }

    /// Applies these limits to a topic whose events were preloaded, unless it has its own by now.
    fn limit(&mut self, channel: &Arc<Channel>, limits: TopicLimits, now_ms: u64) {
        if self.preloads_until_ms.is_none() {
            return;
        }
        self.change(channel, |ring| {
            if ring.limits == TopicLimits::UNKNOWN {
                ring.limits = limits;
            }
            ring.enforce_limits(now_ms);
        });
    }

    /// Evicts the oldest events of all topics while they exceed the limit, but never the event with
    /// sequence `newest`.
    fn evict_over(&mut self, limit_bytes: usize, newest: u64) {
        while self.bytes > limit_bytes {
            let Some((listed_at, channel)) = self.oldest.pop_first() else {
                return;
            };
            channel.listed_at.store(0, Ordering::Relaxed);
            self.change(&channel, |ring| {
                ring.evict_block(listed_at, newest);
            });
            if listed_at == newest {
                return;
            }
        }
    }

    /// Checks the next [`SWEPT_TOPICS`] topics for eviction.
    fn sweep(&mut self, limits: TopicLimits, now_ms: u64) {
        for _ in 0..SWEPT_TOPICS {
            let Some(channel) = self.sweep.pop_front() else {
                return;
            };
            if self.sweep_topic(&channel, limits, now_ms) {
                self.sweep.push_back(channel);
            }
        }
    }

    /// Evicts events over the age limit, and frees the topic if it is empty and has no subscriber.
    /// Returns whether the topic still exists.
    fn sweep_topic(&mut self, channel: &Arc<Channel>, limits: TopicLimits, now_ms: u64) -> bool {
        let known = self.topics.get(&channel.name);
        if !known.is_some_and(|known| Arc::ptr_eq(known, channel)) {
            return false;
        }
        if self.preloads_until_ms.is_some_and(|until_ms| now_ms > until_ms) {
            self.limit(channel, limits, now_ms);
        }
        if channel.is_used() {
            self.change(channel, |ring| ring.evict_older(now_ms));
            return true;
        }
        self.change(channel, |ring| {
            ring.evict_stale(now_ms);
        });
        let ring = channel.ring();
        if !ring.is_empty() {
            return true;
        }
        self.freed.note(&channel.name, ring.evicted_through());
        self.oldest.remove(&channel.listed_at.load(Ordering::Relaxed));
        self.topics.remove(&channel.name);
        false
    }
}
