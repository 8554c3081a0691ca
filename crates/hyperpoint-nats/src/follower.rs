//! Owns the following of a stream: in order, and without a hole that nobody is told of.

use std::time::Duration;

use async_nats::jetstream::consumer::pull::Stream as Messages;
use async_nats::jetstream::stream::{Info, Stream};
use futures_util::{StreamExt, stream};
use hyperpoint_topics::backplane::Entry;
use hyperpoint_topics::{BackplaneError, Position};

use crate::consumer::behind;
use crate::failure::{Result, failed, within};
use crate::known::Known;
use crate::log::State;
use crate::message::entry;

/// The server says that it is there at least this often.
const HEARTBEAT: Duration = Duration::from_secs(2);
/// How long it may take the server to say what it still has.
const PATIENCE: Duration = Duration::from_secs(5);
const FOLLOWING: &str = "follow the stream";

/// The events behind this place as they come. It ends by an error: when the server is away, when
/// the consumer is gone, when a message got lost on the way, and when the stream keeps no more what
/// comes next.
pub(crate) async fn follow(
    stream: Stream<Info>,
    position: Position,
    known: Known,
) -> Result<impl futures_util::Stream<Item = Result<Entry>> + Send + use<>> {
    let consumer = behind(&stream, position.sequence, None).await?;
    let asked = consumer.stream().heartbeat(HEARTBEAT).messages().await;
    let messages = asked.map_err(failed(FOLLOWING))?;
    let follower = Follower { stream, messages, number: 0, position, known };
    Ok(stream::unfold(Some(follower), |follower| async {
        let mut follower = follower?;
        let next = follower.next().await;
        let goes_on = next.is_ok();
        Some((next, goes_on.then_some(follower)))
    }))
}

struct Follower {
    stream: Stream<Info>,
    messages: Messages,
    /// How many messages the consumer has sent.
    number: u64,
    position: Position,
    known: Known,
}

impl Follower {
    async fn next(&mut self) -> Result<Entry> {
        loop {
            let Some(message) = self.messages.next().await else {
                return Err(BackplaneError::new(FOLLOWING, "the consumer is gone"));
            };
            let message = message.map_err(failed(FOLLOWING))?;
            let info = message.info().map_err(failed(FOLLOWING))?;
            self.number += 1;
            if info.consumer_sequence != self.number {
                return Err(BackplaneError::new(FOLLOWING, "a message got lost on the way"));
            }
            let sequence = info.stream_sequence;
            if sequence != self.position.sequence + 1 {
                self.nothing_was_evicted().await?;
            }
            self.position.sequence = sequence;
            self.known.saw(self.position);
            if let Some(entry) = entry(&self.stream.cached_info().config.name, &message, &info) {
                return Ok(entry);
            }
        }
    }

    /// Numbers are left out where somebody deleted messages, and where the stream was faster in
    /// discarding than this node in reading. The latter it has to tell.
    async fn nothing_was_evicted(&self) -> Result<()> {
        let asked = async { self.stream.get_info().await.map_err(failed(FOLLOWING)) };
        let state = State::of(&within(FOLLOWING, PATIENCE, asked).await?);
        if state.epoch == self.position.epoch && state.evicted_through <= self.position.sequence {
            return Ok(());
        }
        Err(BackplaneError::new(FOLLOWING, "what comes next is not kept any more"))
    }
}
