//! Numbers as spans have them.

use std::time::Duration;

/// In ms, to the microsecond.
pub(super) fn millis(took: Duration) -> f64 {
    let micros = u32::try_from(took.as_micros()).map(f64::from);
    micros.map_or_else(|_| took.as_secs_f64().round() * 1000.0, |micros| micros / 1000.0)
}

/// OpenTelemetry has whole numbers with a sign alone; others become texts there.
pub(super) fn signed(count: u64) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}
