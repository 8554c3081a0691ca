//! Follows a stream: delivers its entries in order, and ends with an error instead of skipping one.

use std::time::{Duration, SystemTime};

use async_nats::jetstream::consumer::pull::Stream as Messages;
use async_nats::jetstream::stream::{Info, Stream};
use futures_util::{StreamExt, stream};
use hyperpoint_topics::backplane::{Entry, Following};
use hyperpoint_topics::{BackplaneError, Position};

use crate::beginning::is_beginning;
use crate::consumer::consumer_after;
use crate::failure::{Result, failed, with_timeout};
use crate::high_water_mark::{FollowerGuard, HighWaterMark};
use crate::log::StreamState;
use crate::message::entry;

/// The interval of the server's heartbeats while there are no messages.
const HEARTBEAT: Duration = Duration::from_secs(2);
/// The timeout for reading the state of the stream.
const INFO_TIMEOUT: Duration = Duration::from_secs(5);
const FOLLOWING: &str = "follow the stream";

/// Follows the stream after `position`. The entries are delivered as they are stored, and end with
/// an error if the server is unreachable, if the consumer was deleted, if a message was lost in
/// transit, if the stream no longer has the next entry, or if a new generation begins.
pub(crate) async fn follow(
    stream: Stream<Info>,
    state: StreamState,
    position: Position,
    seen: HighWaterMark,
) -> Result<Following> {
    let consumer = consumer_after(&stream, position.sequence, None).await?;
    let asked = consumer.stream().heartbeat(HEARTBEAT).messages().await;
    let messages = asked.map_err(failed(FOLLOWING))?;
    let now = SystemTime::from(consumer.cached_info().created);
    let follower =
        Follower { stream, state, messages, number: 0, position, _counted: seen.follow(), seen };
    let entries = stream::unfold(Some(follower), |follower| async {
        let mut follower = follower?;
        let next = follower.next().await;
        let continues = next.is_ok();
        Some((next, continues.then_some(follower)))
    });
    Ok(Following { position, now, entries: entries.boxed() })
}

struct Follower {
    stream: Stream<Info>,
    state: StreamState,
    messages: Messages,
    /// The number of messages that the consumer has sent.
    number: u64,
    /// The position of the last message.
    position: Position,
    seen: HighWaterMark,
    _counted: FollowerGuard,
}

impl Follower {
    async fn next(&mut self) -> Result<Entry> {
        loop {
            let Some(message) = self.messages.next().await else {
                return Err(BackplaneError::new(FOLLOWING, "the consumer was deleted"));
            };
            let message = message.map_err(failed(FOLLOWING))?;
            let info = message.info().map_err(failed(FOLLOWING))?;
            self.number += 1;
            if info.consumer_sequence != self.number {
                return Err(BackplaneError::new(FOLLOWING, "a message was lost in transit"));
            }
            let sequence = info.stream_sequence;
            if sequence != self.position.sequence + 1 {
                self.check_no_eviction().await?;
            }
            self.position.sequence = sequence;
            self.seen.advance(self.position);
            let name = &self.stream.cached_info().config.name;
            if is_beginning(name, &message, &self.state) {
                return Err(BackplaneError::new(
                    FOLLOWING,
                    "a new generation of the stream has begun",
                ));
            }
            let entry = entry(name, &message, &info, &self.state);
            self.seen.receive(sequence, entry.is_some());
            if let Some(entry) = entry {
                return Ok(entry);
            }
        }
    }

    /// Checks a gap in the sequence numbers after `position`. Returns an error if the oldest
    /// message of the stream is after the gap, because the stream may have evicted messages that
    /// this node has not read, or if another generation has begun. Any other gap is of deleted
    /// messages, and is harmless.
    async fn check_no_eviction(&self) -> Result<()> {
        let asked = async { self.stream.get_info().await.map_err(failed(FOLLOWING)) };
        let state = StreamState::of(&with_timeout(FOLLOWING, INFO_TIMEOUT, asked).await?);
        if state.epoch() == self.position.epoch && state.evicted_through <= self.position.sequence {
            return Ok(());
        }
        Err(BackplaneError::new(FOLLOWING, "the stream no longer has the next event"))
    }
}
