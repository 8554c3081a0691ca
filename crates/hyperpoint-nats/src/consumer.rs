//! Pull consumers, which read a stream after a given sequence number.

use std::time::Duration;

use async_nats::jetstream::consumer::pull::Config;
use async_nats::jetstream::consumer::{AckPolicy, Consumer, DeliverPolicy};
use async_nats::jetstream::stream::Stream;
use futures_util::StreamExt;
use hyperpoint_topics::backplane::Entry;
use hyperpoint_topics::{BackplaneError, Epoch};

use crate::failure::{Result, failed};
use crate::log::StreamState;
use crate::message::entry;

/// The prefix of the names of consumers with which nodes follow the stream.
pub(crate) const NODE: &str = "hyperpoint-node-";

/// The time after which the server deletes a consumer without requests.
const INACTIVE_THRESHOLD: Duration = Duration::from_secs(30);
const READING: &str = "read the stream";
/// The number of messages in the first batch, when their size is still unknown.
const FIRST_BATCH: usize = 8;
/// The maximum number of messages in a batch.
const LARGEST_BATCH: usize = 512;

/// Creates a consumer of the messages after this sequence number, on all subjects or on one. The
/// server deletes it when it is no longer used.
pub(crate) async fn consumer_after<I>(
    stream: &Stream<I>,
    after: u64,
    subject: Option<String>,
) -> Result<Consumer<Config>> {
    // Only a node that follows the stream reads all subjects.
    let name = subject.is_none().then(|| format!("{NODE}{}", Epoch::random()));
    let config = Config {
        name,
        deliver_policy: DeliverPolicy::ByStartSequence { start_sequence: after + 1 },
        ack_policy: AckPolicy::None,
        filter_subject: subject.unwrap_or_default(),
        inactive_threshold: INACTIVE_THRESHOLD,
        memory_storage: true,
        num_replicas: 1,
        ..Config::default()
    };
    stream.create_consumer(config).await.map_err(failed(READING))
}

/// Reads this number of messages at most from the consumer, until they have about `limit_bytes` of data.
/// Returns their events, and whether they are all that the stream has.
pub(crate) async fn read_page(
    consumer: &Consumer<Config>,
    (prefix, state): (&str, &StreamState),
    (limit_events, limit_bytes): (usize, usize),
) -> Result<(Vec<Entry>, bool)> {
    let mut pending = consumer.cached_info().num_pending;
    let (mut found, mut bytes, mut count) = (Vec::new(), 0, 0);
    while pending > 0 && bytes < limit_bytes && count < limit_events {
        let wanted = batch_size(count, bytes, limit_bytes).min(limit_events - count);
        let batch = consumer.fetch().max_messages(wanted).messages().await;
        let mut batch = batch.map_err(failed(READING))?;
        let before = count;
        while let Some(message) = batch.next().await {
            let message = message.map_err(failed(READING))?;
            let info = message.info().map_err(failed(READING))?;
            (count, bytes) = (count + 1, bytes + message.payload.len());
            pending = info.pending;
            let read = entry(prefix, &message, &info, state);
            found.extend(read.filter(|entry| entry.deletes.is_none()));
        }
        if count == before {
            let fault = "the server sent fewer messages than it reported; try again";
            return Err(BackplaneError::new(READING, fault));
        }
    }
    Ok((found, pending == 0))
}

/// Estimates how many messages fill the rest of the page, from the average size of those read.
fn batch_size(count: usize, bytes: usize, limit_bytes: usize) -> usize {
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
    fn a_batch_fills_about_the_rest_of_a_page() {
        assert_eq!(batch_size(0, 0, 256_000), FIRST_BATCH);
        assert_eq!(batch_size(8, 8_000, 256_000), 248);
        assert_eq!(batch_size(8, 8_000_000, 256_000), 1);
        assert_eq!(batch_size(8, 80, 256_000), LARGEST_BATCH);
        assert_eq!(batch_size(8, 0, usize::MAX), LARGEST_BATCH);
    }
}
