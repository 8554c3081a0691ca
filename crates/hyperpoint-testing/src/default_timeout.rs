//! The default timeout of a call and of each method of a reader.

use std::pin::pin;
use std::time::{Duration, Instant};

/// The default timeout in real time: longer than a response takes, even on a busy machine.
pub(crate) const DEFAULT_TIMEOUT: Duration = Duration::from_secs(10);

/// The default timeout if tokio's time is paused: two days of paused time, long enough for a stream
/// of hourly events. Paused time jumps to the next timer, so the wait takes little real time.
const PAUSED_TIMEOUT: Duration = Duration::from_hours(48);

/// Returns the output of the future, or `None` after [`DEFAULT_TIMEOUT`] of real time. With tokio's
/// paused time, `None` is also returned after two days of paused time.
pub(crate) async fn with_timeout<F: Future>(future: F) -> Option<F::Output> {
    let (wall, clock) = (Instant::now(), tokio::time::Instant::now());
    let mut future = pin!(future);
    loop {
        if let Ok(output) = tokio::time::timeout(DEFAULT_TIMEOUT, future.as_mut()).await {
            return Some(output);
        }
        if wall.elapsed() >= DEFAULT_TIMEOUT || clock.elapsed() >= PAUSED_TIMEOUT {
            return None;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn the_timeout_in_paused_time_is_two_days() {
        let sleep = |hours| tokio::time::sleep(Duration::from_hours(hours));
        assert!(with_timeout(sleep(47)).await.is_some());
        assert!(with_timeout(sleep(49)).await.is_none());
    }
}
