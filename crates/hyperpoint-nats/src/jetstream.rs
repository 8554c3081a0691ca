//! The backplane.

use std::fmt;
use std::time::Duration;

use async_nats::jetstream::context::Context;
use async_nats::jetstream::message::PublishMessage;
use async_nats::jetstream::publish::PublishAck;
use async_nats::jetstream::stream::{Config, Info, Stream};
use async_trait::async_trait;
use futures_util::StreamExt;
use hyperpoint_topics::Position;
use hyperpoint_topics::backplane::{Backplane, BackplaneError, Draft, Following, Page, Stored};

use crate::consumer::{behind, page};
use crate::failure::{Result, failed, not_published, within};
use crate::follower::follow;
use crate::known::Known;
use crate::log::{State, begin_next_life, config, mistake};
use crate::message::headers;
use crate::options::JetStreamOptions;
use crate::subject::{Subject, subject};

const FINDING: &str = "find the stream";
const READING: &str = "read the past of a topic";

/// Topics whose log is a stream of JetStream, for several nodes.
///
/// # Example
///
/// ```no_run
/// use hyperpoint_nats::JetStream;
/// use hyperpoint_topics::Topics;
///
/// # async fn f() -> Result<(), Box<dyn std::error::Error>> {
/// let engine = JetStream::connect("nats://127.0.0.1:4222").await?;
/// let topics = Topics::with_backplane(engine, |_| {});
/// # let _ = topics;
/// # Ok(())
/// # }
/// ```
pub struct JetStream {
    context: Context,
    config: Config,
    timeout: Duration,
    known: Known,
}

impl JetStream {
    /// Connects to a server, and finds or creates the stream, by the default
    /// [`JetStreamOptions`].
    ///
    /// # Errors
    ///
    /// As [`connect_with`](Self::connect_with).
    ///
    /// # Cancel safety
    ///
    /// Safe: a dropped future leaves at most the stream.
    pub async fn connect(servers: &str) -> Result<Self> {
        Self::connect_with(servers, JetStreamOptions::default()).await
    }

    /// Connects to one of these servers, with commas between them, and finds or creates the stream.
    /// Once connected, it connects again by itself, for as long as it takes.
    ///
    /// # Errors
    ///
    /// When no server is reached in time, has no JetStream, or has a stream of that name that can't
    /// keep the log.
    ///
    /// # Cancel safety
    ///
    /// Safe: a dropped future leaves at most the stream.
    pub async fn connect_with(servers: &str, options: JetStreamOptions) -> Result<Self> {
        let config = config(&options);
        let JetStreamOptions { client, timeout, .. } = options;
        let servers: Vec<_> = servers.split(',').map(str::trim).collect();
        let connecting = "connect to a NATS server";
        // The client's future is large.
        let connected = Box::pin(client.connection_timeout(timeout).connect(servers));
        let client =
            within(connecting, timeout, async { connected.await.map_err(failed(connecting)) });
        let mut context = async_nats::jetstream::new(client.await?);
        context.set_timeout(timeout);
        let engine = Self { context, config, timeout, known: Known::default() };
        within(FINDING, timeout, engine.stream(None)).await?;
        Ok(engine)
    }

    /// The stream, created where there is none, and what it is now. Where it has less than this
    /// node, or who is at this place, has seen of it, its next life begins.
    async fn stream(&self, seen: Option<Position>) -> Result<(Stream<Info>, State)> {
        let known = self.known.position();
        let asked = self.context.get_or_create_stream(self.config.clone());
        let stream = asked.await.map_err(failed(FINDING))?;
        if let Some(mistake) = mistake(&stream.cached_info().config) {
            return Err(BackplaneError::new("use the stream", mistake));
        }
        let mut state = State::of(stream.cached_info());
        if state.has_lost(known) || state.has_lost(seen) {
            state = begin_next_life(&self.context, &self.config.name, state.epoch).await?;
        }
        self.known.note(state);
        Ok((stream, state))
    }

    async fn store(&self, draft: Draft) -> Result<PublishAck> {
        let Subject::Of(subject) = subject(&self.config.name, &draft.topic) else {
            return Err(BackplaneError::too_large(
                "publish an event",
                "its topic has too long a name",
            ));
        };
        let message = PublishMessage::build().headers(headers(&draft));
        let message = message.payload(draft.data.into());
        let sent = self.context.send_publish(subject, message).await.map_err(not_published)?;
        sent.await.map_err(not_published)
    }

    /// Where an event is that was acknowledged, to one who had seen the stream up to here before.
    async fn place(&self, ack: &PublishAck, before: Option<Position>) -> Result<Position> {
        let sequence = ack.sequence;
        let position = match before {
            // What is stored later has a higher number, in one life of the stream.
            Some(before) if ack.duplicate || sequence > before.sequence => {
                Position { epoch: before.epoch, sequence }
            }
            _ => Position { epoch: self.stream(before).await?.1.epoch, sequence },
        };
        self.known.saw(position);
        Ok(position)
    }
}

#[async_trait]
impl Backplane for JetStream {
    async fn publish(&self, draft: Draft) -> Result<Stored> {
        within("publish an event", self.timeout, async {
            let before = self.known.position();
            let ack = self.store(draft).await?;
            let position = self.place(&ack, before).await?;
            Ok(Stored { position, is_duplicate: ack.duplicate })
        })
        .await
    }

    async fn follow(&self, after: Option<Position>) -> Result<Following> {
        within("follow the stream", self.timeout, async {
            let (stream, state) = self.stream(after).await?;
            let position = state.follow_from(after);
            let entries = follow(stream, position, self.known.clone()).await?;
            Ok(Following { position, entries: entries.boxed() })
        })
        .await
    }

    async fn read(&self, topic: &str, after: u64, limit_bytes: usize) -> Result<Page> {
        within(READING, self.timeout, async {
            let (stream, before) = self.stream(None).await?;
            let State { epoch, evicted_through, last } = before;
            let Subject::Of(subject) = subject(&self.config.name, topic) else {
                // There is none of a name that can't be published to.
                return Ok(Page { epoch, entries: Vec::new(), through: last, evicted_through });
            };
            let consumer = behind(&stream, after, Some(subject)).await?;
            let (entries, is_all) = page(&consumer, &self.config.name, limit_bytes).await?;
            // It goes by itself if this fails.
            let _ = stream.delete_consumer(&consumer.cached_info().name).await;
            let (_, now) = self.stream(None).await?;
            if now.epoch != epoch {
                return Err(BackplaneError::new(READING, "the stream is another one now"));
            }
            let last_read = entries.last().map_or(after, |entry| entry.sequence);
            let through = if is_all { last.max(last_read) } else { last_read };
            Ok(Page { epoch, entries, through, evicted_through: now.evicted_through })
        })
        .await
    }
}

impl fmt::Debug for JetStream {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("JetStream").field("stream", &self.config.name).finish_non_exhaustive()
    }
}
