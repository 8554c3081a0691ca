//! How long a reader waits where nobody said so.

use std::pin::pin;
use std::time::{Duration, Instant};

/// More than an answer of a test needs, also on a busy machine.
pub(crate) const PATIENCE: Duration = Duration::from_secs(10);

/// Paused time jumps from timer to timer, so that a stream of hourly events is within reach.
const PAUSED_PATIENCE: Duration = Duration::from_hours(48);

/// What the future gives, unless [`PATIENCE`] is over by the clock on the wall. Where tokio's time
/// is paused, two days of that are waited for.
pub(crate) async fn patiently<F: Future>(future: F) -> Option<F::Output> {
    let (wall, clock) = (Instant::now(), tokio::time::Instant::now());
    let mut future = pin!(future);
    loop {
        if let Ok(output) = tokio::time::timeout(PATIENCE, future.as_mut()).await {
            return Some(output);
        }
        if wall.elapsed() >= PATIENCE || clock.elapsed() >= PAUSED_PATIENCE {
            return None;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn paused_time_is_waited_for_up_to_two_days() {
        let sleep = |hours| tokio::time::sleep(Duration::from_hours(hours));
        assert!(patiently(sleep(47)).await.is_some());
        assert!(patiently(sleep(49)).await.is_none());
    }
}
