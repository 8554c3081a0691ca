//! Conversions of numbers to the types that spans record.

use std::time::Duration;

/// Returns the duration in milliseconds, with a resolution of 1 µs, or of 1 s above 71 minutes.
pub(super) fn millis(took: Duration) -> f64 {
    let micros = u32::try_from(took.as_micros()).map(f64::from);
    micros.map_or_else(|_| took.as_secs_f64().round() * 1000.0, |micros| micros / 1000.0)
}

/// Returns the count as a signed integer, the only integer type of OpenTelemetry; unsigned integers
/// are exported as text.
pub(super) fn signed(count: u64) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}
