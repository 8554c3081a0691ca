//! Updates of the log of a node that follows a backplane: the start at a position, and the entries
//! after it.

use std::sync::atomic::Ordering;
use std::time::Duration;

use super::block::{Meta, Single};
use super::deleted_ahead::TooManyDeletions;
use super::freed::Freed;
use super::hub::{Hub, NewEvent};
use super::recent::Recent;
use crate::deletion::Deletion;
use crate::position::{Epoch, Position};

impl Hub {
    /// Drops the recorded deletions. Called before the node follows the backplane, which then
    /// delivers no event that is deleted already.
    pub(crate) fn begin_following(&self) {
        self.lock().ahead.begin();
    }

    /// Appends an event with a known position and age. Does nothing if its sequence is not after
    /// the last one. Skips the event if a deletion of it is recorded.
    ///
    /// # Errors
    ///
    /// [`TooManyDeletions`] if the recorded deletions exceeded the limit on their memory. The event
    /// is not appended, and the node must follow the backplane again.
    pub(crate) fn append_at(
        &self,
        position: Position,
        age: Duration,
        new: NewEvent<'_>,
    ) -> Result<(), TooManyDeletions> {
        let sequence = position.sequence;
        let age_ms = u64::try_from(age.as_millis()).unwrap_or(u64::MAX);
        let at_ms = self.now_ms().saturating_sub(age_ms);
        let mut log = self.lock();
        if sequence <= log.last {
            return Ok(());
        }
        if log.ahead.has(new.topic, sequence)? {
            drop(log);
            self.pass_event(new.topic, new.key.as_deref(), sequence);
            return Ok(());
        }
        let channel = self.channel(&mut log, new.topic, None);
        if new.key.is_some() {
            log.changed_keys.note(new.topic, sequence);
        }
        let meta = Meta::new(sequence, at_ms, new.key).expiring(new.expires_after);
        self.push(&mut log, &channel, Single::new(meta, new.event, &position.id()));
        drop(log);
        channel.wake();
        Ok(())
    }

    /// Records an event that this node cannot keep: drops all earlier events of the topic, and
    /// counts them and this event as evicted. Does nothing if the sequence is not after the last
    /// one. Skips the event if a deletion of it is recorded.
    ///
    /// # Errors
    ///
    /// [`TooManyDeletions`] if the recorded deletions exceeded the limit on their memory. The event
    /// is not recorded, and the node must follow the backplane again.
    pub(crate) fn lose(
        &self,
        topic: &str,
        key: Option<&str>,
        sequence: u64,
    ) -> Result<(), TooManyDeletions> {
        let mut log = self.lock();
        if sequence <= log.last {
            return Ok(());
        }
        if log.ahead.has(topic, sequence)? {
            drop(log);
            self.pass_event(topic, key, sequence);
            return Ok(());
        }
        let epoch = log.epoch;
        let channel = self.channel(&mut log, topic, None);
        log.change(&channel, |ring| ring.reset(epoch, sequence));
        if key.is_some() {
            log.changed_keys.note(topic, sequence);
        }
        log.pass(sequence);
        self.committed.store(sequence, Ordering::Release);
        channel.set_head(sequence);
        drop(log);
        channel.wake();
        Ok(())
    }

    /// Advances the log past an entry that deletes events, if its sequence is after the last one.
    /// If the entry deletes one event with a key, marks the newest kept event of the key as
    /// superseded, if that event is before the deleted one. The deleted events need not be in this
    /// log.
    pub(crate) fn pass_deletion(
        &self,
        topic: &str,
        which: Deletion,
        key: Option<&str>,
        sequence: u64,
    ) {
        let mut log = self.lock();
        if let (Deletion::Event(deleted), Some(key)) = (which, key) {
            if let Some(channel) = log.topics.get(topic).cloned() {
                log.change(&channel, |ring| ring.supersede_before(key, deleted));
            }
            log.changed_keys.note(topic, deleted);
        }
        if sequence > log.last {
            log.pass(sequence);
            self.committed.store(sequence, Ordering::Release);
        }
    }

    /// Returns the sequence after which no key of the topic has changed, as far as this node has
    /// followed the log.
    pub(crate) fn keys_changed_through(&self, topic: &str) -> u64 {
        self.lock().changed_keys.through(topic)
    }

    /// Advances the log past an event that is already deleted or expired. If the event has a key,
    /// the key then has no current event. Does nothing if the sequence is not after the last one.
    pub(crate) fn pass_event(&self, topic: &str, key: Option<&str>, sequence: u64) {
        let mut log = self.lock();
        if sequence <= log.last {
            return;
        }
        if let Some(key) = key {
            if let Some(channel) = log.topics.get(topic).cloned() {
                log.change(&channel, |ring| ring.supersede(key));
            }
            log.changed_keys.note(topic, sequence);
        }
        log.pass(sequence);
        self.committed.store(sequence, Ordering::Release);
    }

    /// Deletes events of a topic that the backplane has deleted already, including events that this
    /// node has not reached in the log yet. Returns `false`, and does nothing, if the log has
    /// another generation than `epoch`, because the sequences may then belong to other events.
    /// [`Epoch::UNKNOWN`] matches every generation.
    pub(crate) fn delete_stored(&self, topic: &str, which: Deletion, epoch: Epoch) -> bool {
        let mut log = self.lock();
        if epoch != Epoch::UNKNOWN && epoch != log.epoch {
            return false;
        }
        log.delete(topic, which);
        let (_, last) = which.range();
        // During the preloading, the log may restart at an earlier position, so a deletion of
        // events that the log has reached is recorded too.
        let is_filled = log.preloads_until_ms.is_some_and(|until_ms| until_ms != u64::MAX);
        if last != u64::MAX && !(is_filled && last <= log.last) {
            log.ahead.note(topic, which);
        }
        true
    }

    /// Records that a page of this topic was read from the backplane: the events after sequence
    /// `after` and up to sequence `through`. The backplane may have lost events up to
    /// `unreadable_through`. Returns `true` if the page need not be kept, because it is empty and
    /// the ring now covers its range. Does nothing, and returns `false`, if the topic is freed or
    /// the log is in another epoch.
    pub(crate) fn note_read(
        &self,
        topic: &str,
        epoch: Epoch,
        (after, through, unreadable_through): (u64, u64, u64),
        is_empty: bool,
    ) -> bool {
        let mut log = self.lock();
        let Some(channel) = log.topics.get(topic).filter(|_| log.epoch == epoch).cloned() else {
            return false;
        };
        let mut is_known = false;
        log.change(&channel, |ring| {
            ring.note_unreadable(unreadable_through);
            is_known = is_empty && through >= ring.evicted_through();
            if is_known {
                ring.extend(after.max(unreadable_through), through);
            }
        });
        is_known
    }

    /// Continues the log at this position. Does nothing if the log already ends there. Otherwise,
    /// drops all events and opens the hub: subscribers then detect a new epoch or evicted events.
    pub(crate) fn start(&self, position: Position) {
        if self.fill_from(position) {
            self.open();
        }
    }

    /// Continues the log at this position, as [`start`](Self::start) does, but does not open the
    /// hub: new subscribers wait until [`open`](Self::open) is called. Returns `false`, and does
    /// nothing, if the log already ends at this position.
    pub(crate) fn fill_from(&self, position: Position) -> bool {
        let mut log = self.lock();
        if log.epoch == position.epoch && log.last == position.sequence {
            return false;
        }
        let channels: Vec<_> = log.topics.values().cloned().collect();
        // Events of the new generation may have the same sequences.
        log.oldest.clear();
        for channel in &channels {
            channel.listed_at.store(0, Ordering::Relaxed);
            log.change(channel, |ring| ring.reset(position.epoch, position.sequence));
            channel.set_head(position.sequence);
        }
        if log.epoch != position.epoch {
            log.ahead.forget();
        }
        log.recent = Recent::new(self.limit_bytes);
        log.epoch = position.epoch;
        log.last = position.sequence;
        log.preloads_until_ms = Some(u64::MAX);
        log.freed = Freed::new(self.limit_bytes, position.sequence);
        log.changed_keys.begin(position.sequence);
        self.committed.store(position.sequence, Ordering::Release);
        true
    }

    /// Publishes the epoch before [`open`](Self::open) is called, so that resuming subscribers
    /// start. They read events that the log does not have yet from the backplane.
    pub(crate) fn admit_resuming(&self) {
        let log = self.lock();
        let channels: Vec<_> = log.topics.values().cloned().collect();
        self.epoch.store(log.epoch.bits(), Ordering::Release);
        drop(log);
        self.opened.wake();
        for channel in &channels {
            channel.wake();
        }
    }

    /// Opens the hub: evicts events over the age limit, publishes the epoch, and wakes all
    /// subscribers. New subscribers start; the others check whether the epoch changed.
    pub(crate) fn open(&self) {
        let now_ms = self.now_ms();
        let mut log = self.lock();
        let channels: Vec<_> = log.topics.values().cloned().collect();
        for channel in &channels {
            log.change(channel, |ring| ring.evict_older(now_ms));
        }
        let age_ms = u64::try_from(self.limits.age.as_millis()).unwrap_or(u64::MAX);
        log.preloads_until_ms = Some(now_ms.saturating_add(age_ms));
        self.is_open.store(true, Ordering::Release);
        self.epoch.store(log.epoch.bits(), Ordering::Release);
        drop(log);
        self.opened.wake();
        for channel in &channels {
            channel.wake();
        }
    }
}
