//! Owns what a node does with the log of its backplane: starts at a position, and appends what follows.

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
    /// Notes that the backplane is followed from now on: it delivers no event that was deleted before.
    pub(crate) fn begin_following(&self) {
        self.lock().ahead.begin();
    }

    /// Appends an event whose position and age are known. Ignored unless its sequence is past the last
    /// one. Passed over if it was deleted meanwhile.
    ///
    /// # Errors
    ///
    /// If too much was deleted meanwhile. The event is not appended, and the backplane must be followed again.
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
        let meta = Meta::new(sequence, at_ms, new.key).expiring(new.expires_after);
        self.push(&mut log, &channel, Single::new(meta, new.event, &position.id()));
        drop(log);
        channel.wake();
        Ok(())
    }

    /// Records an event that this node cannot keep. Subscribers of the topic lose it, and all events before
    /// it. Ignored unless its sequence is past the last one. Passed over if it was deleted meanwhile.
    ///
    /// # Errors
    ///
    /// If too much was deleted meanwhile. The event is not recorded, and the backplane must be followed again.
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
        log.pass(sequence);
        self.committed.store(sequence, Ordering::Release);
        channel.set_head(sequence);
        drop(log);
        channel.wake();
        Ok(())
    }

    /// Notes that the entry of the log with this sequence is no event. Ignored unless the sequence is past the
    /// last one.
    pub(crate) fn pass(&self, sequence: u64) {
        let mut log = self.lock();
        if sequence > log.last {
            log.pass(sequence);
            self.committed.store(sequence, Ordering::Release);
        }
    }

    /// Notes that an event with this key was deleted, which may never have been in this log: events before it
    /// are not the current one of the key.
    pub(crate) fn supersede_before(&self, topic: &str, key: &str, deleted: u64) {
        let mut log = self.lock();
        if let Some(channel) = log.topics.get(topic).cloned() {
            log.change(&channel, |ring| ring.supersede_before(key, deleted));
        }
    }

    /// Notes an event that is gone already: it is not kept, and leaves its key without a current event. Ignored
    /// unless its sequence is past the last one.
    pub(crate) fn pass_event(&self, topic: &str, key: Option<&str>, sequence: u64) {
        let mut log = self.lock();
        if sequence <= log.last {
            return;
        }
        if let (Some(key), Some(channel)) = (key, log.topics.get(topic).cloned()) {
            log.change(&channel, |ring| ring.supersede(key));
        }
        log.pass(sequence);
        self.committed.store(sequence, Ordering::Release);
    }

    /// Deletes events of a topic that the backplane has deleted already, also those that this node has not
    /// followed yet. Returns false, and does nothing, if the log began another generation than `epoch`
    /// meanwhile: its sequences may be those of other events.
    pub(crate) fn delete_stored(&self, topic: &str, which: Deletion, epoch: Epoch) -> bool {
        let mut log = self.lock();
        if epoch != Epoch::UNKNOWN && epoch != log.epoch {
            return false;
        }
        log.delete(topic, which);
        let (_, last) = which.range();
        // While events are preloaded, the log may go back.
        let is_filled = log.preloads_until_ms.is_some_and(|until_ms| until_ms != u64::MAX);
        if last != u64::MAX && !(is_filled && last <= log.last) {
            log.ahead.note(topic, which);
        }
        true
    }

    /// Notes what was read from the backplane: the events of this topic after a sequence and up to another
    /// one, of which those up to `unreadable_through` may be lost. Returns whether there is nothing else to
    /// keep of it: the topic has no event there, up to where its ring begins.
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
                ring.begin_after(after.max(unreadable_through));
            }
        });
        is_known
    }

    /// Resumes at this position. If it is not the position of the last event, drops all events and opens
    /// the hub: subscribers find that they are in another epoch, or that events are evicted.
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
        // Events of another generation may have the same sequences.
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
        self.committed.store(position.sequence, Ordering::Release);
        true
    }

    /// Publishes the epoch before [`open`](Self::open) is called: subscribers that resume begin. They read from
    /// the backplane what the log does not have yet.
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
        self.is_open.store(true, Ordering::Release);
        self.epoch.store(log.epoch.bits(), Ordering::Release);
        drop(log);
        self.opened.wake();
        for channel in &channels {
            channel.wake();
        }
    }
}
