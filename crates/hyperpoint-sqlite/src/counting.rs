//! The counts of a log, for metrics.

use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use hyperpoint_topics::backplane::LogCounts;
use rusqlite::OptionalExtension;

use crate::checksums::{int, number};
use crate::folder::size_of_files;
use crate::log_error::Result;
use crate::snapshot::Snapshot;
use crate::writer::Inserted;

/// The numbers of transactions and of events that this process has committed.
#[derive(Debug, Default)]
pub(crate) struct Commits {
    commits: AtomicU64,
    events: AtomicU64,
}

impl Commits {
    /// Counts a transaction that stored these events. Duplicates are not counted as events.
    pub(crate) fn count(&self, written: &[Inserted]) {
        let events = written.iter().filter(|event| !event.stored.is_duplicate).count();
        self.commits.fetch_add(1, Ordering::Relaxed);
        self.events.fetch_add(events as u64, Ordering::Relaxed);
    }
}

/// Returns the counts of the log in this folder.
pub(crate) fn count(
    snapshot: &Snapshot<'_>,
    folder: &Path,
    commits: &Commits,
) -> Result<LogCounts> {
    let (last, evicted_through) = (snapshot.state.last_seq, snapshot.state.evicted_through);
    let skipped = snapshot.past.skips.iter();
    let skipped =
        skipped.map(|(from, through)| through.saturating_sub(*(from.max(&evicted_through))));
    let mut counts = LogCounts::default();
    counts.bytes = Some(size_of_files(folder));
    counts.events = Some((last - evicted_through).saturating_sub(skipped.sum()));
    counts.oldest_age = oldest_age(snapshot)?;
    counts.last = Some(last);
    counts.commits = Some(commits.commits.load(Ordering::Relaxed));
    counts.committed_events = Some(commits.events.load(Ordering::Relaxed));
    Ok(counts)
}

/// Returns the age of the oldest event, or `None` if the log has no event.
fn oldest_age(snapshot: &Snapshot<'_>) -> Result<Option<Duration>> {
    let oldest = "SELECT at_ms FROM event WHERE seq > ?1 ORDER BY seq LIMIT 1";
    let after = [int(snapshot.state.evicted_through)];
    let at_ms = snapshot.connection.query_row(oldest, after, |row| row.get(0)).optional()?;
    let now_ms = snapshot.past.clock.now_ms();
    Ok(at_ms.map(|at_ms| Duration::from_millis(now_ms.saturating_sub(number(at_ms)))))
}
