//! Coalesces many events into one notification.

use std::time::Duration;

use async_stream::stream;
use futures_util::stream::BoxStream;
use futures_util::{FutureExt, Stream, StreamExt};
use tokio::time::sleep;

/// Yields an item for the first event at once, and one item at the end of `interval` for all events
/// that arrive within it.
pub(crate) fn coalesced(
    mut events: BoxStream<'static, ()>,
    interval: Duration,
) -> impl Stream<Item = ()> + Send {
    stream! {
        while events.next().await.is_some() {
            yield ();
            sleep(interval).await;
            let mut more = false;
            while events.next().now_or_never().flatten().is_some() {
                more = true;
            }
            if more {
                yield ();
                sleep(interval).await;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use futures_util::stream::{iter, pending};

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn events_within_an_interval_are_one_change() {
        let burst = iter([(), (), ()]).chain(pending());
        let mut changes = Box::pin(coalesced(burst.boxed(), Duration::from_secs(1)));
        let start = tokio::time::Instant::now();
        changes.next().await.unwrap();
        assert_eq!(start.elapsed(), Duration::ZERO);
        changes.next().await.unwrap();
        assert_eq!(start.elapsed(), Duration::from_secs(1));
        assert!(changes.next().now_or_never().is_none());
    }
}
