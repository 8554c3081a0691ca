//! Reads the events of one topic: from full blocks by their index, from the newest block by a scan.

use hyperpoint_topics::Epoch;
use hyperpoint_topics::backplane::{Page, PageAt, PageQuery};
use rusqlite::OptionalExtension;

use crate::block_rows::BlockRows;
use crate::event_rows::{EventRows, Found};
use crate::event_size::size;
use crate::log_error::{LogError, Result};
use crate::numbers::{before, block_of, first_of, last_of};
use crate::scan::{DAMAGED, scan};
use crate::snapshot::Snapshot;

/// Maximum number of blocks that are looked up for a page.
const BLOCKS: u64 = 4_096;

/// Reads the events of a topic, within the limits of the query. The page ends (for
/// [`PageAt::Before`], begins) at a damaged event, or after [`BLOCKS`] blocks, even if it then has
/// no event.
pub(crate) fn read_topic(
    snapshot: &Snapshot<'_>,
    epoch: Epoch,
    query: &PageQuery<'_>,
) -> Result<Page> {
    let (last, evicted_through) = (snapshot.state.last_seq, snapshot.state.evicted_through);
    let (after, through) = match query.at {
        PageAt::After(after) => (after, last),
        PageAt::Before(before) => (evicted_through, last.min(before.saturating_sub(1))),
    };
    let now = snapshot.past.clock.now();
    let mut page = Page { epoch, entries: Vec::new(), after, through, evicted_through, now };
    let first = after.max(evicted_through).saturating_add(1);
    if first > through {
        page.after = after.min(through);
        return Ok(page);
    }
    let id = match find_topic(snapshot, query.topic) {
        Ok(Some(id)) => id,
        Ok(None) => return Ok(page),
        Err(error) if error.is_damage() => {
            page.evicted_through = through;
            return Ok(page);
        }
        Err(error) => return Err(error),
    };
    let reading = TopicReading {
        snapshot,
        query,
        id,
        events: EventRows::prepare(snapshot.connection, snapshot.past)?,
        index: BlockRows::prepare(snapshot.connection)?,
        bytes: 0,
    };
    match query.at {
        PageAt::After(_) => reading.onwards(page, first),
        PageAt::Before(_) => reading.backwards(page, first),
    }
}

/// The state of reading one page of a topic.
struct TopicReading<'c> {
    snapshot: &'c Snapshot<'c>,
    query: &'c PageQuery<'c>,
    id: u32,
    events: EventRows<'c>,
    index: BlockRows<'c>,
    bytes: usize,
}

impl TopicReading<'_> {
    /// Reads the oldest events, starting at sequence number `first`.
    fn onwards(mut self, mut page: Page, first: u64) -> Result<Page> {
        let last = page.through;
        let end = block_of(last).min(block_of(first) + BLOCKS - 1);
        for block in block_of(first)..=end {
            if self.add_onwards(&mut page, block, (first, last))? {
                return Ok(page);
            }
        }
        page.through = last_of(end).min(last);
        Ok(page)
    }

    /// Adds the events of a block. Returns whether the page ends in this block. A page with events
    /// ends before a damaged event.
    fn add_onwards(&mut self, page: &mut Page, block: u64, range: (u64, u64)) -> Result<bool> {
        for (seq, is_damaged) in self.numbers_in(block, range)? {
            match self.row(seq, is_damaged)? {
                Some(found) => page.entries.extend(found.event(self.snapshot.past)),
                None if page.entries.is_empty() => page.evicted_through = seq,
                None => page.through = seq - 1,
            }
            if page.through < seq || self.is_full(page) {
                page.through = page.through.min(seq);
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Reads the newest events, down to sequence number `first`.
    fn backwards(mut self, mut page: Page, first: u64) -> Result<Page> {
        let last = page.through;
        let end = block_of(first).max(block_of(last).saturating_sub(BLOCKS - 1));
        for block in (end..=block_of(last)).rev() {
            if self.add_backwards(&mut page, block, (first, last))? {
                page.entries.reverse();
                return Ok(page);
            }
        }
        page.after = page.after.max(first_of(end).saturating_sub(1));
        page.entries.reverse();
        Ok(page)
    }

    /// Adds the events of a block, newest first. Returns whether the page begins in this block. A
    /// page with events begins after a damaged event.
    fn add_backwards(&mut self, page: &mut Page, block: u64, range: (u64, u64)) -> Result<bool> {
        for (seq, is_damaged) in self.numbers_in(block, range)?.into_iter().rev() {
            match self.row(seq, is_damaged)? {
                Some(found) => page.entries.extend(found.event(self.snapshot.past)),
                None if page.entries.is_empty() => {
                    (page.after, page.evicted_through) = (seq - 1, seq);
                    return Ok(true);
                }
                None => page.after = seq,
            }
            if page.after == seq || self.is_full(page) {
                page.after = page.after.max(seq - 1);
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Reads the row with this sequence number. Returns `None` if it is damaged or belongs to
    /// another topic.
    fn row(&mut self, seq: u64, is_damaged: bool) -> Result<Option<Found>> {
        let found = if is_damaged { None } else { self.events.one(seq)? };
        let found = found.filter(|found| found.draft.topic == self.query.topic);
        self.bytes += found.as_ref().map_or(0, |found| size(&found.draft));
        Ok(found)
    }

    fn is_full(&self, page: &Page) -> bool {
        self.bytes >= self.query.limit_bytes || page.entries.len() >= self.query.limit_events.max(1)
    }

    fn numbers_in(&mut self, block: u64, range: (u64, u64)) -> Result<Vec<(u64, bool)>> {
        numbers_in(self.snapshot, &mut self.index, (block, self.id), range)
    }
}

/// Returns the sequence numbers of a topic's events in a block and in this range, each with whether
/// the event is known to be damaged. Includes damaged events whose topic is unknown.
pub(crate) fn numbers_in(
    snapshot: &Snapshot<'_>,
    index: &mut BlockRows<'_>,
    (block, topic): (u64, u32),
    (first, last): (u64, u64),
) -> Result<Vec<(u64, bool)>> {
    if block < block_of(snapshot.state.last_seq)
        && let Some(numbers) = index.numbers(block, topic)?
    {
        let numbers = numbers.into_iter().filter(|seq| (first..=last).contains(seq));
        return Ok(numbers.map(|seq| (seq, false)).collect());
    }
    let range = (before(block).max(first - 1), last_of(block).min(last));
    let mut found = Vec::new();
    scan(snapshot.connection, &snapshot.numbers(), range, |seq, of| {
        if of == topic || of == DAMAGED {
            found.push((seq, of == DAMAGED));
        }
    })?;
    Ok(found)
}

fn find_topic(snapshot: &Snapshot<'_>, topic: &str) -> Result<Option<u32>> {
    let query = "SELECT id FROM topic WHERE name = ?1";
    let found = snapshot.connection.query_row(query, [topic], |row| row.get(0)).optional();
    found.map_err(LogError::from)
}
