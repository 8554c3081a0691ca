//! Decides when the table with the newest event of each key is rebuilt.

use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use crate::log_error::{LogError, Result};
use crate::writer::Writer;

/// Minimum interval of repairs, each of which reads the whole log.
const INTERVAL: Duration = Duration::from_secs(10);

/// Schedules the repairs of the table with the newest event of each key.
#[derive(Debug, Default)]
pub(crate) struct Repairs {
    last: Option<Instant>,
}

impl Repairs {
    /// Runs `work`. If `work` fails because the table `newest` is damaged, rebuilds the table and
    /// runs `work` again, unless the last repair is less than [`INTERVAL`] ago.
    pub(crate) fn repairing<'c, T>(
        &mut self,
        writer: &mut Writer<'c>,
        mut work: impl FnMut(&mut Writer<'c>) -> Result<T>,
    ) -> Result<T> {
        match work(writer) {
            Err(LogError::KeysDamaged) if self.is_due() => {
                self.repair(writer)?;
                work(writer)
            }
            done => done,
        }
    }

    /// Rebuilds the table `newest` if a reader found damage in it, unless the last repair is less
    /// than [`INTERVAL`] ago.
    pub(crate) fn repair_if_damaged(&mut self, writer: &mut Writer<'_>) -> Result<()> {
        let is_damaged = writer.past().has_damaged_keys.load(Ordering::Acquire);
        if is_damaged && self.is_due() { self.repair(writer) } else { Ok(()) }
    }

    fn is_due(&self) -> bool {
        self.last.is_none_or(|last| last.elapsed() >= INTERVAL)
    }

    fn repair(&mut self, writer: &mut Writer<'_>) -> Result<()> {
        self.last = Some(Instant::now());
        writer.past().has_damaged_keys.store(false, Ordering::Release);
        tracing::error!(
            "the table `newest` of the log of topics is damaged; rebuilding it from the events in \
             the log"
        );
        writer.repair_keys()
    }
}
