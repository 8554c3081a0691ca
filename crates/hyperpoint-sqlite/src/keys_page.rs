//! Owns the reading of the newest event of each key of a topic.

use hyperpoint_topics::Epoch;
use hyperpoint_topics::backplane::{KeysQuery, Page};
use rusqlite::OptionalExtension;

use crate::checksums::{int, number};
use crate::event_rows::{found_in, size};
use crate::log_error::{LogError, Result};
use crate::newest_rows::TOPIC_KEYS;
use crate::snapshot::Snapshot;

/// Reads the newest event of each key of a topic, oldest first, within the limits of the query. A damaged
/// event is left out.
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
            tracing::error!("the table `newest` of the log of topics is damaged: {error}");
            page.through = through;
            Ok(page)
        }
        done => done.map(|()| page),
    }
}

fn add_keys(snapshot: &Snapshot<'_>, query: &KeysQuery<'_>, page: &mut Page) -> Result<()> {
    const COLUMNS: &str = "SELECT n.seq, t.name, n.at_ms, n.name, n.key, n.once, n.data, n.sum, \
                           0, n.expires_ms \
                           FROM newest n JOIN topic t ON t.id = n.topic WHERE n.seq = ?1";
    let mut event = snapshot.connection.prepare(COLUMNS)?;
    let mut bytes = 0;
    for seq in numbers(snapshot, query)? {
        let found = event.query_row([int(seq)], |row| Ok(found_in(row))).optional();
        let found = match found.map_err(LogError::from) {
            Ok(found) => found.flatten(),
            Err(error) if error.is_damage() => None,
            Err(error) => return Err(error),
        };
        let Some(found) = found.filter(|found| found.seq == seq) else {
            tracing::warn!(
                topic = query.topic,
                seq,
                "the newest event of a key is damaged in the log of topics; new subscribers do not get it"
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

/// Returns the numbers of the newest events of the topic's keys after that of the query, in order.
fn numbers(snapshot: &Snapshot<'_>, query: &KeysQuery<'_>) -> Result<Vec<u64>> {
    const NUMBERS: &str = "SELECT n.seq FROM newest n JOIN topic t ON t.id = n.topic \
                           WHERE t.name = ?1 AND n.seq > ?2";
    let mut numbers = snapshot.connection.prepare(NUMBERS)?;
    let numbers = numbers.query_map((query.topic, int(query.after)), |row| row.get(0))?;
    let numbers = numbers.map(|seq| seq.map(number));
    let mut numbers: Vec<u64> = numbers.collect::<rusqlite::Result<_>>()?;
    numbers.sort_unstable();
    let limit = query.limit_keys.min(usize::try_from(TOPIC_KEYS).unwrap_or(usize::MAX));
    let beyond = numbers.len().saturating_sub(limit);
    Ok(numbers.split_off(beyond))
}
