//! The monotonic clock by which events age and expire.

use tokio::time::Instant;

/// The time of a new clock, in milliseconds. It is far above 0, because events of the backplane may
/// have been published long before this node started.
const BEGINNING_MS: u64 = 1 << 45;

/// A clock that all topics of a node share.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Clock {
    origin: Instant,
}

impl Clock {
    pub(super) fn start() -> Self {
        Self { origin: Instant::now() }
    }

    /// Returns the time in milliseconds since a fixed, arbitrary origin.
    pub(crate) fn now_ms(self) -> u64 {
        let since = u64::try_from(self.origin.elapsed().as_millis()).unwrap_or(u64::MAX);
        since.saturating_add(BEGINNING_MS)
    }
}
