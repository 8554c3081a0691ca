//! Owns the reading of a stream behind a number.

use std::time::Duration;

use async_nats::jetstream::consumer::pull::Config;
use async_nats::jetstream::consumer::{AckPolicy, Consumer, DeliverPolicy};
use async_nats::jetstream::stream::Stream;
use futures_util::StreamExt;
use hyperpoint_topics::BackplaneError;
use hyperpoint_topics::backplane::Entry;

use crate::failure::{Result, failed};
use crate::message::entry;

/// A consumer that nobody asks goes after this time.
const FORGOTTEN: Duration = Duration::from_secs(30);
const READING: &str = "read the stream";
/// So many messages are asked for at first, of whatever size they are.
const FIRST_BATCH: usize = 8;
/// So many messages are asked for at most.
const LARGEST_BATCH: usize = 512;

/// A consumer of what comes behind this number, of all subjects or of one. The server forgets it
/// when nobody asks any more.
pub(crate) async fn behind<I>(
    stream: &Stream<I>,
    after: u64,
    subject: Option<String>,
) -> Result<Consumer<Config>> {
    let config = Config {
        deliver_policy: DeliverPolicy::ByStartSequence { start_sequence: after + 1 },
        ack_policy: AckPolicy::None,
        filter_subject: subject.unwrap_or_default(),
        inactive_threshold: FORGOTTEN,
        memory_storage: true,
        num_replicas: 1,
        ..Config::default()
    };
    stream.create_consumer(config).await.map_err(failed(READING))
}

/// What there is behind the consumer's start, up to about this many bytes of data, and whether that
/// is all.
pub(crate) async fn page(
    consumer: &Consumer<Config>,
    prefix: &str,
    limit_bytes: usize,
) -> Result<(Vec<Entry>, bool)> {
    let mut pending = consumer.cached_info().num_pending;
    let (mut found, mut bytes, mut count) = (Vec::new(), 0, 0);
    while pending > 0 && bytes < limit_bytes {
        let wanted = batch(count, bytes, limit_bytes);
        let batch = consumer.fetch().max_messages(wanted).messages().await;
        let mut batch = batch.map_err(failed(READING))?;
        let before = count;
        while let Some(message) = batch.next().await {
            let message = message.map_err(failed(READING))?;
            let info = message.info().map_err(failed(READING))?;
            (count, bytes) = (count + 1, bytes + message.payload.len());
            pending = info.pending;
            found.extend(entry(prefix, &message, &info));
        }
        if count == before {
            return Err(BackplaneError::new(READING, "the server sent less than it has"));
        }
    }
    Ok((found, pending == 0))
}

/// How many messages may well fill the page, by the size of those that are in it.
fn batch(count: usize, bytes: usize, limit_bytes: usize) -> usize {
    if count == 0 {
        return FIRST_BATCH;
    }
    let average = (bytes / count).max(1);
    (limit_bytes.saturating_sub(bytes) / average).clamp(1, LARGEST_BATCH)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_asked_for_is_about_a_page() {
        assert_eq!(batch(0, 0, 256_000), FIRST_BATCH);
        assert_eq!(batch(8, 8_000, 256_000), 248);
        assert_eq!(batch(8, 8_000_000, 256_000), 1);
        assert_eq!(batch(8, 80, 256_000), LARGEST_BATCH);
        assert_eq!(batch(8, 0, usize::MAX), LARGEST_BATCH);
    }
}
