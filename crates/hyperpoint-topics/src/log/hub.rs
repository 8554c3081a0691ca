//! [`Hub`]: the sequence that the events of all topics share, the set of topics, and the limits
//! over all of them.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use hyperpoint_sse::UnsequencedEvent;

use super::all_topics::{AllTopics, memory_of};
use super::block::{Meta, Single};
use super::channel::Channel;
use super::clock::Clock;
use super::ring::Ring;
use super::waiters::Waiters;
use crate::deletion::Deletion;
use crate::limits::TopicLimits;
use crate::position::{Epoch, Position};

/// All topics of one node. Their events share one sequence.
#[derive(Debug)]
pub(crate) struct Hub {
    clock: Clock,
    pub(super) limits: TopicLimits,
    pub(super) limit_bytes: usize,
    once_window: Duration,
    pub(super) epoch: AtomicU64,
    /// The sequence of the last entry of the log. All events up to this sequence have been added to
    /// their rings.
    pub(super) committed: AtomicU64,
    log: Mutex<AllTopics>,
    /// Whether new subscribers may start.
    pub(super) is_open: AtomicBool,
    /// The subscribers that wait until the epoch is known, or until the hub opens.
    pub(crate) opened: Waiters,
}

/// An event to be appended, without its sequence.
pub(crate) struct NewEvent<'a> {
    pub(crate) topic: &'a str,
    pub(crate) limits: Option<TopicLimits>,
    pub(crate) event: UnsequencedEvent,
    pub(crate) key: Option<Arc<str>>,
    /// The time from publication to expiry, or `None` if the event does not expire.
    pub(crate) expires_after: Option<Duration>,
    /// The idempotency key. The event is a duplicate if an event with the same key was published to
    /// the same topic within `Hub::once_window`.
    pub(crate) once: Option<String>,
}

/// The result of appending an event.
pub(crate) struct Appended {
    pub(crate) position: Position,
    pub(crate) is_duplicate: bool,
}

impl Hub {
    /// Creates an empty hub. If the epoch is [`Epoch::UNKNOWN`], new subscribers wait until
    /// [`open`](Self::open) is called, and resuming subscribers until [`open`](Self::open) or
    /// [`admit_resuming`](Self::admit_resuming) is called.
    pub(crate) fn new(
        epoch: Epoch,
        limits: TopicLimits,
        limit_bytes: usize,
        once_window: Duration,
    ) -> Self {
        Self {
            clock: Clock::start(),
            limits,
            limit_bytes,
            once_window,
            epoch: AtomicU64::new(epoch.bits()),
            committed: AtomicU64::new(0),
            log: Mutex::new(AllTopics::new(epoch, limit_bytes)),
            is_open: AtomicBool::new(epoch != Epoch::UNKNOWN),
            opened: Waiters::default(),
        }
    }

    /// Returns whether new subscribers may start. They wait while events are preloaded from a
    /// backplane.
    pub(crate) fn is_open(&self) -> bool {
        self.is_open.load(Ordering::Acquire)
    }

    /// Returns the epoch, or `None` until the epoch is published to subscribers.
    pub(crate) fn epoch(&self) -> Option<Epoch> {
        let bits = self.epoch.load(Ordering::Acquire);
        (bits != 0).then(|| Epoch::from_bits(bits))
    }

    /// Returns the sequence up to which subscribers may read the log.
    pub(crate) fn committed(&self) -> u64 {
        self.committed.load(Ordering::Acquire)
    }

    /// Appends an event with the next sequence, and wakes the subscribers of its topic. Does not
    /// append a duplicate, but returns the position of the first event.
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
            log.recent.note(&channel.name, &once, now_ms, next);
        }
        let position = Position { epoch, sequence: log.last + 1 };
        let key = new.key;
        let meta = Meta::new(position.sequence, now_ms, key).expiring(new.expires_after);
        let single = Single::new(meta, new.event, &position.id());
        self.push(&mut log, &channel, single);
        drop(log);
        channel.wake();
        Appended { position, is_duplicate: false }
    }

    /// Deletes events of a topic from memory. Returns the number of deleted events. Subscribers
    /// skip deleted events.
    pub(crate) fn delete(&self, topic: &str, which: Deletion) -> u64 {
        self.lock().delete(topic, which)
    }

    /// Returns the epoch of the log, even before it is published to subscribers, or
    /// [`Epoch::UNKNOWN`] if it is not known yet.
    pub(crate) fn generation(&self) -> Epoch {
        self.lock().epoch
    }

    /// Returns the position of the last entry of the log, or `None` until the hub is open.
    pub(crate) fn position(&self) -> Option<Position> {
        let log = self.lock();
        let epoch = self.epoch().filter(|_| self.is_open())?;
        Some(Position { epoch, sequence: log.last })
    }

    /// Adds a subscriber to the topic with this name, which is created if it is absent. Returns the
    /// topic.
    pub(crate) fn subscribe(&self, topic: &str, limits: Option<TopicLimits>) -> Arc<Channel> {
        let mut log = self.lock();
        log.sweep(self.limits, self.now_ms());
        let channel = self.channel(&mut log, topic, limits);
        log.limit(&channel, self.limits, self.now_ms());
        channel.subscribers.fetch_add(1, Ordering::AcqRel);
        channel
    }

    /// Removes a subscriber. A topic without subscribers is freed when its last event is older than
    /// its age limit.
    pub(crate) fn unsubscribe(&self, channel: &Arc<Channel>) {
        if channel.subscribers.fetch_sub(1, Ordering::AcqRel) == 1 {
            self.lock().sweep_topic(channel, self.limits, self.now_ms());
        }
    }

    /// Returns the topic with this name, if it exists, and the sequence up to which a freed topic
    /// with this name may have had events.
    pub(super) fn find(&self, topic: &str) -> (Option<Arc<Channel>>, u64) {
        let log = self.lock();
        (log.topics.get(topic).cloned(), log.freed.through(topic))
    }

    /// Returns whether the ring of a topic has the event with this sequence, or its metadata if the
    /// event is deleted.
    #[cfg(test)]
    pub(crate) fn keeps(&self, topic: &str, sequence: u64) -> bool {
        let (channel, _) = self.find(topic);
        let next = channel.and_then(|channel| channel.ring().next_sequence(sequence - 1));
        next == Some(sequence)
    }

    /// Returns the number of subscribers of this topic.
    pub(crate) fn subscribers(&self, topic: &str) -> usize {
        let log = self.lock();
        log.topics.get(topic).map_or(0, |channel| channel.subscribers.load(Ordering::Acquire))
    }

    /// Returns the memory limit over all topics, in bytes.
    pub(crate) fn limit_bytes(&self) -> usize {
        self.limit_bytes
    }

    /// Returns the number of topics, and the approximate memory of the log in bytes.
    pub(crate) fn size(&self) -> (usize, usize) {
        let log = self.lock();
        (log.topics.len(), log.memory())
    }

    /// Returns the topic with this name, which is created if it is absent. Sets its limits to
    /// `limits`, if given.
    pub(super) fn channel(
        &self,
        log: &mut AllTopics,
        topic: &str,
        limits: Option<TopicLimits>,
    ) -> Arc<Channel> {
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
        let ring = Ring::new(log.epoch, limits.unwrap_or(unset), self.clock, freed_through);
        let channel = Channel::new(Arc::clone(&name), ring, self.clock);
        log.bytes += memory_of(&channel);
        log.topics.insert(name, Arc::clone(&channel));
        log.sweep.push_back(Arc::clone(&channel));
        channel
    }

    /// Appends an event to the ring of its topic, enforces the limits over all topics, and makes
    /// the event visible to subscribers.
    pub(super) fn push(&self, log: &mut AllTopics, channel: &Arc<Channel>, single: Single) {
        let (sequence, now_ms) = (single.meta.sequence, single.meta.at_ms);
        log.change(channel, |ring| ring.push(single));
        log.pass(sequence);
        log.evict_over(self.limit_bytes, sequence);
        log.sweep(self.limits, now_ms);
        // `committed` is stored before the head of the topic, because a subscriber that sees the
        // new head reads up to `committed`.
        self.committed.store(sequence, Ordering::Release);
        channel.set_head(sequence);
    }

    pub(super) fn clock(&self) -> Clock {
        self.clock
    }

    /// Returns the time in milliseconds, on the clock by which events age and expire.
    pub(crate) fn now_ms(&self) -> u64 {
        self.clock.now_ms()
    }

    pub(super) fn lock(&self) -> MutexGuard<'_, AllTopics> {
        self.log.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
