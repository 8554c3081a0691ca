//! The time at which a condition of a connection began.

use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::Duration;

use tokio::time::Instant;

/// When a condition began, or unset. Setting a mark does not read the clock, because most
/// conditions end before their deadline is first computed.
#[derive(Debug, Default)]
pub(super) struct Mark(AtomicU64);

/// The value of a mark that is set, but whose time was not determined yet.
const UNTIMED: u64 = u64::MAX;
/// The value of a mark that was set when the connection was accepted.
const AT_CREATION: u64 = 1;

impl Mark {
    pub(super) fn at_creation() -> Self {
        Self(AT_CREATION.into())
    }

    #[cfg(feature = "http2")]
    pub(super) fn set_at_creation(&self) {
        self.0.store(AT_CREATION, Relaxed);
    }

    pub(super) fn is_set(&self) -> bool {
        self.0.load(Relaxed) != 0
    }

    /// Returns whether the mark is unset, or was set when the connection was accepted.
    pub(super) fn is_unset_or_at_creation(&self) -> bool {
        matches!(self.bits(), 0 | AT_CREATION)
    }

    /// Returns 0 if the mark is unset, and a nonzero value if it is set.
    pub(super) fn bits(&self) -> u64 {
        self.0.load(Relaxed)
    }

    pub(super) fn set(&self) {
        if !self.is_set() {
            self.0.store(UNTIMED, Relaxed);
        }
    }

    /// Restarts the condition's time if the mark is set.
    pub(super) fn restart(&self) {
        if self.is_set() {
            self.0.store(UNTIMED, Relaxed);
        }
    }

    pub(super) fn clear(&self) {
        if self.is_set() {
            self.0.store(0, Relaxed);
        }
    }

    /// Returns when the condition will have lasted for `limit`, or `None` if the mark is unset or
    /// the time overflows. The time counts from the first call of this method after the mark was
    /// set, or from the acceptance of the connection if the mark was set then.
    pub(super) fn deadline_after(&self, created: Instant, limit: Duration) -> Option<Instant> {
        let mut millis = self.0.load(Relaxed);
        if millis == UNTIMED {
            millis = u64::try_from(created.elapsed().as_millis()).unwrap_or(UNTIMED - 2) + 1;
            // Distinct from the value of a mark that was set at creation.
            millis = millis.max(AT_CREATION + 1);
            self.0.store(millis, Relaxed);
        }
        let since = created.checked_add(Duration::from_millis(millis.checked_sub(1)?))?;
        since.checked_add(limit)
    }
}
