//! Owns the reading of one topic: by the index of full blocks, and by a scan of the newest block.

use hyperpoint_topics::backplane::Entry;
use rusqlite::OptionalExtension;

use crate::block_rows::BlockRows;
use crate::event_rows::EventRows;
use crate::log_error::{LogError, Result};
use crate::numbers::{before, block_of, last_of};
use crate::scan::{DAMAGED, scan};
use crate::snapshot::Snapshot;

/// Maximum number of blocks that are looked up for a page.
const BLOCKS: u64 = 4_096;

/// Consecutive events of one topic.
#[derive(Debug)]
pub(crate) struct TopicPage {
    pub(crate) entries: Vec<Entry>,
    /// The sequence number up to which the page is complete.
    pub(crate) through: u64,
    /// The sequence number up to which events are evicted or damaged.
    pub(crate) evicted_through: u64,
}

/// Reads the events of a topic after sequence number `after`: at most about `limit_bytes`, and at least
/// one if the next [`BLOCKS`] blocks have one. The page ends before a damaged event.
pub(crate) fn read_topic(
    snapshot: &Snapshot<'_>,
    topic: &str,
    after: u64,
    limit_bytes: usize,
) -> Result<TopicPage> {
    let (last, evicted_through) = (snapshot.state.last_seq, snapshot.state.evicted_through);
    let mut page = TopicPage { entries: Vec::new(), through: last, evicted_through };
    let first = after.max(evicted_through) + 1;
    if first > last {
        return Ok(page);
    }
    let id = match find_topic(snapshot, topic) {
        Ok(Some(id)) => id,
        Ok(None) => return Ok(page),
        Err(error) if error.is_damage() => {
            page.evicted_through = last;
            return Ok(page);
        }
        Err(error) => return Err(error),
    };
    let mut events = EventRows::prepare(snapshot.connection, snapshot.past)?;
    let mut index = BlockRows::prepare(snapshot.connection)?;
    let (mut bytes, end) = (0, block_of(last).min(block_of(first) + BLOCKS));
    let mut through = last;
    for block in block_of(first)..=end {
        for (seq, is_damaged) in numbers_in(snapshot, &mut index, block, (first, last), id)? {
            let found = if is_damaged { None } else { events.one(seq)? };
            let found = found.filter(|(entry, _)| entry.topic == topic);
            bytes += found.as_ref().map_or(0, |(_, size)| *size);
            page.put(seq, found.map(|(entry, _)| entry));
            if page.through < seq || bytes >= limit_bytes {
                page.through = page.through.min(seq);
                return Ok(page);
            }
        }
        through = last_of(block).min(last);
    }
    page.through = through;
    Ok(page)
}

impl TopicPage {
    /// Adds the event with this number, or reports it as lost if it is damaged. A page with events ends
    /// before a damaged event.
    fn put(&mut self, seq: u64, entry: Option<Entry>) {
        match entry {
            Some(entry) => self.entries.push(entry),
            None if self.entries.is_empty() => self.evicted_through = seq,
            None => self.through = seq - 1,
        }
    }
}

fn find_topic(snapshot: &Snapshot<'_>, topic: &str) -> Result<Option<u32>> {
    let query = "SELECT id FROM topic WHERE name = ?1";
    let found = snapshot.connection.query_row(query, [topic], |row| row.get(0)).optional();
    found.map_err(LogError::from)
}

/// Returns the sequence numbers of a topic's events in a block, from `first` on, each with whether the
/// event is damaged. A damaged event may be of any topic.
fn numbers_in(
    snapshot: &Snapshot<'_>,
    index: &mut BlockRows<'_>,
    block: u64,
    (first, last): (u64, u64),
    topic: u32,
) -> Result<Vec<(u64, bool)>> {
    if block < block_of(last)
        && let Some(numbers) = index.numbers(block, topic)?
    {
        let numbers = numbers.into_iter().filter(|seq| *seq >= first);
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
