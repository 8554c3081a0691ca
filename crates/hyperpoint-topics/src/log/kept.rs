//! Pages of the events that a topic keeps in memory.

use bytes::Bytes;

use super::block::Meta;
use super::clock::Clock;
use super::hub::Hub;
use crate::page_at::PageAt;
use crate::position::{Epoch, Position};

/// A page of consecutive events of a topic, in the order of the log.
#[derive(Debug)]
pub(crate) struct Kept {
    pub(crate) epoch: Epoch,
    /// The encoded events.
    pub(crate) events: Vec<Bytes>,
    /// The sequence just before the range of the page. The page has every event of the topic in
    /// this range, except events that are evicted, deleted or expired.
    pub(crate) after: u64,
    /// The last sequence of the range of the page.
    pub(crate) through: u64,
    /// Events up to this sequence are evicted.
    pub(crate) evicted_through: u64,
}

impl Hub {
    /// Reads a page of the events of a topic. `limits` is the maximum number of events and their
    /// approximate maximum size in bytes, but the page has at least one event if there is one.
    /// Returns `None` until the hub is open.
    pub(crate) fn kept(&self, topic: &str, at: PageAt, limits: (usize, usize)) -> Option<Kept> {
        let Position { epoch, sequence: last } = self.position()?;
        let (channel, evicted_through) = self.find(topic);
        let ring = channel.as_ref().map(|channel| channel.ring());
        let evicted_through = ring.as_ref().map_or(evicted_through, |ring| ring.evicted_through());
        let clock = self.clock();
        let mut selection = Selection { events: Vec::new(), bytes: 0, limits, clock };
        let (after, through) = match at {
            PageAt::After(after) => {
                let mut all = ring.iter().flat_map(|ring| ring.between(after, last));
                (after, selection.fill(&mut all).unwrap_or(last))
            }
            PageAt::Before(before) => {
                let through = last.min(before.saturating_sub(1));
                let mut all = ring.iter().flat_map(|ring| ring.between(0, through).rev());
                let first = selection.fill(&mut all).map(|first| first - 1);
                selection.events.reverse();
                (first.unwrap_or(evicted_through).min(through), through)
            }
        };
        Some(Kept { epoch, events: selection.events, after, through, evicted_through })
    }
}

/// The events selected for a page, with its limits.
struct Selection {
    events: Vec<Bytes>,
    bytes: usize,
    limits: (usize, usize),
    clock: Clock,
}

impl Selection {
    /// Selects events until a limit is reached. Returns the sequence of the last selected event if
    /// events are left over, or `None` if all events were selected.
    fn fill<'a>(&mut self, all: &mut impl Iterator<Item = (&'a Meta, Bytes)>) -> Option<u64> {
        let mut taken = None;
        let clock = self.clock;
        for (meta, bytes) in all.filter(|(meta, _)| !meta.is_gone(clock)) {
            let is_full = self.events.len() >= self.limits.0 || self.bytes >= self.limits.1;
            if is_full && taken.is_some() {
                return taken;
            }
            self.bytes += bytes.len();
            self.events.push(bytes);
            taken = Some(meta.sequence);
        }
        None
    }
}
