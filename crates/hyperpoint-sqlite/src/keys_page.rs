//! Reads the newest event of each key of a topic.

use std::collections::HashMap;
use std::sync::atomic::Ordering;

use hyperpoint_topics::Epoch;
use hyperpoint_topics::backplane::{KeysQuery, Page};
use rusqlite::{Connection, OptionalExtension, Statement};

use crate::checksums::{hash, int, number};
use crate::event_rows::{Found, found_in};
use crate::event_size::size;
use crate::log_error::{LogError, Result};
use crate::newest_rows::{SELECT, TOPIC_KEYS};
use crate::snapshot::Snapshot;

/// Reads the newest event of each key of a topic, oldest first, within the limits of the query.
/// Skips damaged events. If the table `newest` cannot be read, the page reports that events up to
/// [`Page::evicted_through`] are lost.
pub(crate) fn read_keys(
    snapshot: &Snapshot<'_>,
    epoch: Epoch,
    query: &KeysQuery<'_>,
) -> Result<Page> {
    let (after, through) = (query.after, snapshot.state.last_seq.max(query.after));
    let now = snapshot.past.clock.now();
    let mut page = Page { epoch, entries: Vec::new(), after, through, evicted_through: 0, now };
    match add_keys(snapshot, query, &mut page) {
        Err(error) if error.is_damage() => {
            note_damage(snapshot, &error);
            page.entries.clear();
            (page.through, page.evicted_through) = (through, through);
            Ok(page)
        }
        done => done.map(|()| page),
    }
}

/// Asks the writer to rebuild the table `newest`, and logs the damage unless the writer was asked
/// already.
fn note_damage(snapshot: &Snapshot<'_>, error: &LogError) {
    if !snapshot.past.has_damaged_keys.swap(true, Ordering::AcqRel) {
        tracing::error!("the table `newest` of the log of topics is damaged: {error}");
    }
}

fn add_keys(snapshot: &Snapshot<'_>, query: &KeysQuery<'_>, page: &mut Page) -> Result<()> {
    let topic = "SELECT id FROM topic WHERE name = ?1";
    let topic = snapshot.connection.query_row(topic, [query.topic], |row| row.get(0)).optional()?;
    let Some(topic) = topic else { return Ok(()) };
    let mut events = NewestEvents::prepare(snapshot, topic)?;
    let mut bytes = 0;
    for (seq, hash) in numbers(snapshot, query, topic)? {
        let found = match events.one(seq, hash) {
            Err(error) if error.is_damage() => {
                note_damage(snapshot, &error);
                if page.entries.is_empty() {
                    page.evicted_through = seq;
                }
                None
            }
            found => found?,
        };
        let Some(found) = found else {
            tracing::warn!(
                topic = query.topic,
                seq,
                "the newest event of a key is damaged in the log of topics; new subscribers do \
                 not receive it"
            );
            continue;
        };
        bytes += size(&found.draft);
        page.entries.extend(found.event(snapshot.past));
        if bytes >= query.limit_bytes {
            page.through = seq;
            break;
        }
    }
    Ok(())
}

/// Reads the events of a topic from the table `newest`.
struct NewestEvents<'a> {
    snapshot: &'a Snapshot<'a>,
    topic: u32,
    one: Statement<'a>,
}

impl<'a> NewestEvents<'a> {
    fn prepare(snapshot: &'a Snapshot<'a>, topic: u32) -> Result<Self> {
        let one = format!("{SELECT} WHERE n.seq = ?1");
        Ok(Self { snapshot, topic, one: snapshot.connection.prepare(&one)? })
    }

    /// Reads an event. Returns `None` if the event is damaged. Returns an error if the event
    /// differs from its index entry: the index is then damaged, and a newer event may exist.
    fn one(&mut self, seq: u64, hash_in_index: i64) -> Result<Option<Found>> {
        let found = self.one.query_row([int(seq)], |row| Ok((found_in(row), row.get(10)?)));
        let Some((found, topic)) = found.optional()? else { return Err(LogError::KeysDamaged) };
        let (Some(found), topic): (Option<Found>, u32) = (found, topic) else { return Ok(None) };
        let key = found.draft.key.as_deref().unwrap_or_default();
        let hash = hash(&found.draft.topic, key, self.snapshot.state.salt);
        let is_indexed = (found.seq, topic, hash) == (seq, self.topic, hash_in_index);
        if is_indexed { Ok(Some(found)) } else { Err(LogError::KeysDamaged) }
    }
}

/// Returns the sequence numbers of the newest events of the topic's keys after `query.after`, in
/// ascending order, with the hashes of the keys. If there are more than `query.limit_keys` or
/// [`TOPIC_KEYS`], omits the oldest ones. Reads the table `newest` instead of its index if the
/// index is damaged.
fn numbers(snapshot: &Snapshot<'_>, query: &KeysQuery<'_>, topic: u32) -> Result<Vec<(u64, i64)>> {
    let by_index =
        "SELECT seq, hash FROM newest INDEXED BY newest_key WHERE topic = ?1 AND seq > ?2";
    let by_table =
        "SELECT seq, hash FROM newest NOT INDEXED WHERE topic = ?1 AND seq > ?2 ORDER BY seq";
    let after = (topic, query.after);
    let mut numbers = match numbers_of(snapshot.connection, by_index, after) {
        Err(error) if error.is_damage() => {
            note_damage(snapshot, &error);
            let numbers = numbers_of(snapshot.connection, by_table, after)?;
            let newest: HashMap<i64, u64> =
                numbers.iter().map(|(seq, hash)| (*hash, *seq)).collect();
            newest.into_iter().map(|(hash, seq)| (seq, hash)).collect()
        }
        numbers => numbers?,
    };
    numbers.sort_unstable();
    let limit = query.limit_keys.min(usize::try_from(TOPIC_KEYS).unwrap_or(usize::MAX));
    let beyond = numbers.len().saturating_sub(limit);
    Ok(numbers.split_off(beyond))
}

fn numbers_of(
    connection: &Connection,
    query: &str,
    (topic, after): (u32, u64),
) -> Result<Vec<(u64, i64)>> {
    let mut query = connection.prepare(query)?;
    let numbers =
        query.query_map((topic, int(after)), |row| Ok((number(row.get(0)?), row.get(1)?)))?;
    Ok(numbers.collect::<rusqlite::Result<_>>()?)
}
