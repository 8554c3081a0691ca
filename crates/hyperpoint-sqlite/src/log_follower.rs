//! Owns a follower of the log.

use std::collections::VecDeque;
use std::sync::Arc;

use hyperpoint_topics::BackplaneError;
use hyperpoint_topics::backplane::Entry;
use tokio::sync::watch;

use crate::event_rows::{EventRows, Run};
use crate::log_error::Result;
use crate::readers::Readers;
use crate::snapshot::Snapshot;

/// How much a follower reads at once, in bytes.
const READ_BYTES: usize = 1024 * 1024;
pub(crate) const FOLLOWING: &str = "follow the log of topics";

/// Reads the events after this number.
pub(crate) fn read_after(snapshot: &Snapshot<'_>, after: u64, limit_bytes: usize) -> Result<Run> {
    let mut events = EventRows::prepare(snapshot.connection, snapshot.past)?;
    events.run(&snapshot.numbers(), (after, snapshot.state.last_seq), limit_bytes)
}

/// A follower of the log.
pub(crate) struct LogFollower {
    pub(crate) readers: Arc<Readers>,
    pub(crate) last: watch::Receiver<u64>,
    pub(crate) after: u64,
    pub(crate) ready: VecDeque<Entry>,
}

impl LogFollower {
    pub(crate) async fn next(&mut self) -> std::result::Result<Entry, BackplaneError> {
        loop {
            if let Some(entry) = self.ready.pop_front() {
                self.after = entry.sequence;
                return Ok(entry);
            }
            let after = self.after;
            let closed = |_| BackplaneError::new(FOLLOWING, "the log is closed");
            self.last.wait_for(|last| *last > after).await.map_err(closed)?;
            let read = move |snapshot: &Snapshot<'_>| {
                let state = &snapshot.state;
                let is_evicted = state.evicted_through > after;
                Ok((is_evicted, state.last_seq, read_after(snapshot, after, READ_BYTES)?))
            };
            let (is_evicted, last_seq, run) = self.readers.read(FOLLOWING, read).await?;
            if is_evicted {
                return Err(BackplaneError::new(FOLLOWING, "the next event is evicted"));
            }
            if run.damaged_through.is_some() {
                return Err(BackplaneError::new(FOLLOWING, "the next event is damaged on disk"));
            }
            if run.entries.is_empty() {
                // No event has the numbers up to there: they were deleted, or skipped after a loss.
                self.after = if run.through > after { run.through } else { last_seq.max(after) };
            }
            self.ready = run.entries.into();
        }
    }
}
