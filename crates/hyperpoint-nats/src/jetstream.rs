//! The backplane over JetStream: publishes, follows and reads the events of topics.

use std::fmt;
use std::time::{Duration, SystemTime};

use async_nats::jetstream::context::Context;
use async_nats::jetstream::message::PublishMessage;
use async_nats::jetstream::publish::PublishAck;
use async_nats::jetstream::stream::{Config, Info, Stream};
use async_trait::async_trait;
use hyperpoint_topics::Position;
use hyperpoint_topics::backplane::{
    Backplane, BackplaneError, Deleted, Deletion, Draft, Following, LogCounts, Lookup, Page,
    PageQuery, Stored,
};

use crate::beginning::{Beginning, begin, complete, is_followed};
use crate::deletion::{DELETING, bounded, delete_messages, find};
use crate::failure::{Result, failed, publish_error, with_timeout};
use crate::follower::follow;
use crate::high_water_mark::{HighWaterMark, Seen};
use crate::history::{nothing, read_subject};
use crate::log::{StreamState, config, unsuitable};
use crate::message::{deletion_headers, headers};
use crate::options::JetStreamOptions;
use crate::subject::{Subject, subject};

const FINDING: &str = "find or create the stream";
const READING: &str = "read the history of a topic";
const COUNTING: &str = "read the counts of the stream";

/// A backplane whose log is a JetStream stream, shared by several nodes.
///
/// # Examples
///
/// ```no_run
/// use hyperpoint::prelude::*;
/// use hyperpoint_nats::JetStream;
///
/// #[tokio::main]
/// async fn main() -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
///     let engine = JetStream::connect("nats://127.0.0.1:4222").await?;
///     let topics = Arc::new(Topics::with_backplane(engine, |_| {}));
///     Host::new().service(topics).run().await?;
///     Ok(())
/// }
/// ```
pub struct JetStream {
    context: Context,
    config: Config,
    timeout: Duration,
    seen: HighWaterMark,
}

impl JetStream {
    /// Connects to a server with the default [`JetStreamOptions`], and finds or creates the stream.
    /// `servers` is one URL, or several URLs separated by commas.
    ///
    /// # Errors
    ///
    /// Returns the errors of [`connect_with`](Self::connect_with).
    ///
    /// # Cancel safety
    ///
    /// Cancel safe: a dropped future may have created the stream or begun a generation of it, and
    /// leaves nothing else.
    pub async fn connect(servers: &str) -> Result<Self> {
        Self::connect_with(servers, JetStreamOptions::default()).await
    }

    /// Connects to a server with these options, and finds or creates the stream. `servers` is one
    /// URL, or several URLs separated by commas. After the first connection, the client reconnects
    /// automatically, without a limit on time or attempts.
    ///
    /// # Errors
    ///
    /// Returns an error if no server is reached within [`timeout`](JetStreamOptions::timeout), if
    /// the server has JetStream disabled or rejects the configuration of the stream, or if the
    /// server already has a stream of that name that cannot hold the log.
    ///
    /// # Cancel safety
    ///
    /// Cancel safe: a dropped future may have created the stream or begun a generation of it, and
    /// leaves nothing else.
    ///
    /// # Examples
    ///
    /// ```no_run
    /// use hyperpoint_nats::{JetStream, JetStreamOptions};
    ///
    /// # #[tokio::main]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
    /// let servers = "nats://10.0.0.7,nats://10.0.0.8,nats://10.0.0.9";
    /// let options = JetStreamOptions::default().stream("shop").replicas(3);
    /// let engine = JetStream::connect_with(servers, options).await?;
    /// # Ok(())
    /// # }
    /// ```
    pub async fn connect_with(servers: &str, options: JetStreamOptions) -> Result<Self> {
        let config = config(&options);
        let JetStreamOptions { client, timeout, .. } = options;
        let servers: Vec<_> = servers.split(',').map(str::trim).collect();
        let connecting = "connect to a NATS server";
        // Boxed, since the client's future is large.
        let connected = Box::pin(client.connection_timeout(timeout).connect(servers));
        let client = with_timeout(connecting, timeout, async {
            connected.await.map_err(failed(connecting))
        });
        let mut context = async_nats::jetstream::new(client.await?);
        context.set_timeout(timeout);
        let engine = Self { context, config, timeout, seen: HighWaterMark::default() };
        // Boxed, since this future is large too.
        with_timeout(FINDING, timeout, Box::pin(engine.open())).await?;
        Ok(engine)
    }

    /// Finds or creates the stream, and returns it with its state. Begins a generation if the
    /// stream ends before `seen`, or before a position that this node has seen.
    async fn stream(&self, seen: Option<Position>) -> Result<(Stream<Info>, StreamState)> {
        let seen_here = self.seen.seen().map(|seen| seen.position);
        let asked = self.context.get_or_create_stream(self.config.clone());
        let stream = asked.await.map_err(failed(FINDING))?;
        if let Some(fault) = unsuitable(&stream.cached_info().config) {
            return Err(BackplaneError::new("check the configuration of the stream", fault));
        }
        let mut state = StreamState::of(stream.cached_info());
        if state.has_lost(seen_here) || state.has_lost(seen) {
            state = complete(&self.context, &stream).await?;
            if state.has_lost(seen_here) || state.has_lost(seen) {
                state = begin(&self.context, &stream, state.epoch(), Beginning::AfterLoss).await?;
            }
        }
        self.seen.update(&state);
        Ok((stream, state))
    }

    /// Finds or creates the stream. Begins a generation unless the stream is empty, or another node
    /// follows it, which would have noticed a loss.
    async fn open(&self) -> Result<()> {
        let (stream, _) = self.stream(None).await?;
        let mut state = complete(&self.context, &stream).await?;
        if state.last > 0 && !is_followed(&stream).await? {
            state = begin(&self.context, &stream, state.epoch(), Beginning::Continued).await?;
        }
        self.seen.update(&state);
        Ok(())
    }

    async fn store(&self, draft: Draft) -> Result<PublishAck> {
        let Subject::Of(subject) = subject(&self.config.name, &draft.topic) else {
            return Err(BackplaneError::too_large(
                "publish an event",
                "the topic name is too long for a NATS subject; use a shorter name",
            ));
        };
        let message = PublishMessage::build().headers(headers(&draft));
        let message = message.payload(draft.data.into());
        let sent = self.context.send_publish(subject, message).await.map_err(publish_error)?;
        sent.await.map_err(publish_error)
    }

    /// Publishes the entry that makes followers discard deleted events.
    async fn announce(&self, subject: &str, which: Deletion, key: Option<&str>) -> Result<()> {
        let before = self.seen.seen();
        let message = PublishMessage::build().headers(deletion_headers(which, key));
        let sent = self.context.send_publish(subject.to_owned(), message).await;
        let ack = sent.map_err(publish_error)?.await.map_err(publish_error)?;
        self.position_of(&ack, before).await?;
        Ok(())
    }

    /// Returns the position of an acknowledged event. `before` is the position and the state that
    /// this node had seen before it published, or `None` if it had seen none.
    async fn position_of(&self, ack: &PublishAck, before: Option<Seen>) -> Result<Position> {
        let sequence = ack.sequence;
        let state = match before {
            // Within one generation, an event stored later has a higher sequence number.
            Some(before) if ack.duplicate || sequence > before.position.sequence => before.state,
            before => self.stream(before.map(|before| before.position)).await?.1,
        };
        self.seen.advance(Position { epoch: state.epoch(), sequence });
        Ok(Position { epoch: state.epoch_of(sequence), sequence })
    }
}

#[async_trait]
impl Backplane for JetStream {
    async fn publish(&self, draft: Draft) -> Result<Stored> {
        with_timeout("publish an event", self.timeout, async {
            if !self.seen.is_following() {
                // Another node may have begun a generation.
                self.stream(None).await?;
            }
            let before = self.seen.seen();
            let ack = self.store(draft).await?;
            let position = self.position_of(&ack, before).await?;
            Ok(Stored { position, is_duplicate: ack.duplicate })
        })
        .await
    }

    async fn follow(&self, after: Option<Position>) -> Result<Following> {
        with_timeout("follow the stream", self.timeout, async {
            let (stream, state) = self.stream(after).await?;
            let position = state.follow_from(after);
            follow(stream, state, position, self.seen.clone()).await
        })
        .await
    }

    async fn read(&self, query: PageQuery<'_>) -> Result<Page> {
        with_timeout(READING, self.timeout, async {
            let (stream, before) = self.stream(None).await?;
            let mut page = match subject(&self.config.name, query.topic) {
                Subject::Of(subject) => read_subject(&stream, &before, &subject, &query).await?,
                // No event can be published to a topic with such a long name.
                Subject::TooLong => nothing(&before, query.at),
            };
            let (_, now) = self.stream(None).await?;
            if now.epoch() != page.epoch {
                let fault = "the stream was replaced during the read; retry the read";
                return Err(BackplaneError::new(READING, fault));
            }
            page.evicted_through = now.evicted_through;
            Ok(page)
        })
        .await
    }

    async fn delete(&self, topic: &str, which: Deletion) -> Result<Deleted> {
        with_timeout(DELETING, self.timeout, async {
            let (stream, state) = self.stream(None).await?;
            let which = bounded(which, state.last);
            let Subject::Of(subject) = subject(&self.config.name, topic) else {
                return Ok(Deleted { events: 0, which });
            };
            let found = find(&stream, &subject, which).await?;
            let key = found.as_ref().and_then(|found| found.key.as_deref());
            let mut events = 0;
            if found.is_some() {
                // Announced before the deletion, so that other nodes are notified even if this node
                // fails before it announces the deletion again.
                self.announce(&subject, which, key).await?;
                events = delete_messages(&stream, &subject, which).await?;
            }
            // Announced again, because a node may have read a page with the events in the meantime.
            self.announce(&subject, which, key).await?;
            Ok(Deleted { events, which })
        })
        .await
    }

    async fn look_up(&self, position: Position) -> Result<Lookup> {
        with_timeout("look up a position", self.timeout, async {
            let (_, state) = self.stream(None).await?;
            let is_past = state.generations.includes(position, state.last);
            Ok(Lookup { epoch: state.epoch(), is_past })
        })
        .await
    }

    async fn counts(&self) -> Result<LogCounts> {
        with_timeout(COUNTING, self.timeout, async {
            let asked = self.context.get_stream(&self.config.name);
            let stream = asked.await.map_err(failed(COUNTING))?;
            let state = &stream.cached_info().state;
            let age = SystemTime::now().duration_since(state.first_timestamp.into());
            let mut counts = LogCounts::default();
            counts.bytes = Some(state.bytes);
            counts.events = Some(state.messages);
            counts.oldest_age = age.ok().filter(|_| state.messages > 0);
            counts.last = Some(self.seen.newest_entry(state.last_sequence));
            Ok(counts)
        })
        .await
    }
}

impl fmt::Debug for JetStream {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("JetStream").field("stream", &self.config.name).finish_non_exhaustive()
    }
}
