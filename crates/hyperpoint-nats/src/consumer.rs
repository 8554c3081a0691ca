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
/// The maximum number of messages in the first batch, when their size is still unknown.
const FIRST_BATCH: usize = 8;
/// The time after which the server ends a batch that is still incomplete, for example because
/// messages were deleted after the server counted them.
const BATCH_TIME: Duration = Duration::from_millis(500);
/// The maximum number of messages in a batch.
const LARGEST_BATCH: usize = 512;

/// Creates a consumer of the messages after this sequence number, on all subjects or on one. The
/// server deletes the consumer after 30 s without requests.
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

/// The limits of a page. The page ends at the first limit that it reaches.
#[derive(Clone, Copy, Debug)]
pub(crate) struct PageLimits {
    pub(crate) events: usize,
    /// The maximum number of messages, including messages that are not events.
    pub(crate) messages: usize,
    /// The approximate maximum size of the data, in bytes.
    pub(crate) bytes: usize,
    /// The highest sequence number that the page may include.
    pub(crate) through: u64,
    /// The approximate number of messages up to `through`. It limits the size of each batch.
    pub(crate) expected: usize,
}

/// The events read from one subject.
#[derive(Debug)]
pub(crate) struct ReadPage {
    pub(crate) entries: Vec<Entry>,
    /// The sequence number of the last message of the page, which may be a message that is not an
    /// event, or `None` if no message was read.
    pub(crate) through: Option<u64>,
    /// Whether the stream has no later message of the subject.
    pub(crate) is_all: bool,
}

/// Reads messages from the consumer up to these limits, and returns their events. Returns an error
/// if the server sends no message although it still reports pending ones.
pub(crate) async fn read_page(
    consumer: &Consumer<Config>,
    (prefix, state): (&str, &StreamState),
    limits: PageLimits,
) -> Result<ReadPage> {
    let mut pending = consumer.cached_info().num_pending;
    let (mut entries, mut through) = (Vec::new(), None);
    let (mut bytes, mut count) = (0, 0);
    let mut is_past = false;
    while pending > 0
        && !is_past
        && bytes < limits.bytes
        && count < limits.messages
        && entries.len() < limits.events
    {
        // The more messages were not events, the larger the next batch.
        let missing = (limits.events - entries.len()).max(count - entries.len());
        let wanted = batch_size(count, bytes, limits.bytes).min(missing);
        // One message more than expected: a message after the page shows that the page is complete.
        let expected = limits.expected.saturating_sub(count).saturating_add(1);
        let wanted = wanted.min(limits.messages - count).min(expected);
        let batch = consumer.fetch().max_messages(wanted).expires(BATCH_TIME);
        let batch = batch.messages().await;
        let mut batch = batch.map_err(failed(READING))?;
        let before = count;
        while let Some(message) = batch.next().await {
            let message = message.map_err(failed(READING))?;
            let info = message.info().map_err(failed(READING))?;
            count += 1;
            is_past |= info.stream_sequence > limits.through;
            if is_past || entries.len() >= limits.events {
                // The message belongs to the next page.
                continue;
            }
            (bytes, pending) = (bytes + message.payload.len(), info.pending);
            through = Some(info.stream_sequence);
            let read = entry(prefix, &message, &info, state);
            entries.extend(read.filter(|entry| entry.deletes.is_none()));
        }
        if count == before {
            let left = consumer.get_info().await.map_err(failed(READING))?.num_pending;
            if left >= pending {
                let fault = "the server sent fewer messages than it reported; try again";
                return Err(BackplaneError::new(READING, fault));
            }
            pending = left;
        }
    }
    Ok(ReadPage { entries, through, is_all: pending == 0 })
}

/// Estimates how many messages fill the rest of the page, from the average size of the messages
/// read so far.
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
