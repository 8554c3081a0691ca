//! [`TopicRead`], with which an application reads past events.

use std::fmt;
use std::marker::PhantomData;

use bytes::Bytes;
use hyperpoint_sse::{Decoded, Decoder, Event, TypedEvent};
use serde::de::DeserializeOwned;

use super::past_events::{PastEvents, Start};
use super::received::{Decode, Received, json, text, typed};
use super::topic_page::TopicPage;
use crate::backplane::BackplaneError;
use crate::gap_reason::GapReason;
use crate::position::Position;
use crate::subscription::Gap;
use crate::topic::Topic;

/// The default of [`TopicRead::limit`].
const DEFAULT_LIMIT: usize = 100;
/// The largest value of [`TopicRead::limit`].
const LARGEST_LIMIT: usize = 1_000;

/// A read of one page of past events of a topic. Returned by [`Topic::read`].
///
/// On the embedded log, it reads the events in memory, within the
/// [`TopicLimits`](crate::TopicLimits) of the topic. With a backplane, it reads from the backplane,
/// within its retention. An event is visible to reads as soon as its publication has completed.
///
/// # Examples
///
/// ```
/// use hyperpoint::topics::{Received, TopicName, Topics};
///
/// const CHAT: TopicName<String> = TopicName::new("chat");
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let chat = Topics::default().topic(CHAT);
/// for line in ["one", "two", "three"] {
///     chat.publish(&line.to_owned()).await?;
/// }
/// let newest = chat.read().limit(2).events().await?;
/// assert!(matches!(&newest.events[..], [Received::Event { data, .. }, _] if data == "two"));
///
/// let Some(position) = newest.older else { panic!("there is one more event") };
/// let older = chat.read().before(position).limit(2).events().await?;
/// assert!(matches!(&older.events[..], [Received::Event { data, .. }] if data == "one"));
/// assert_eq!(older.older, None);
/// # Ok(())
/// # }
/// ```
#[must_use = "call `events` to read"]
pub struct TopicRead<'a, T> {
    topic: &'a Topic<T>,
    start: Start,
    limit: usize,
    events: PhantomData<fn() -> T>,
}

impl<T> TopicRead<'_, T> {
    /// Reads the oldest events after this position. If some of them are no longer in the log, or if
    /// the position is not in this log's past, the first item of the page is a [`Received::Gap`].
    /// Default: the newest events are read.
    pub fn after(self, position: Position) -> Self {
        Self { start: Start::After(position), ..self }
    }

    /// Reads the newest events before this position, without the event at the position. If the
    /// position is not in this log's past, the newest events are read, and the last item of the
    /// page is a [`Received::Gap`]. Default: the newest events are read.
    pub fn before(self, position: Position) -> Self {
        Self { start: Start::Before(position), ..self }
    }

    /// Sets the maximum number of events. A value outside of 1 to 1,000 is clamped to this range. A
    /// page ends earlier at about 1 MiB. Default: 100.
    pub fn limit(self, events: usize) -> Self {
        Self { limit: events.clamp(1, LARGEST_LIMIT), ..self }
    }

    /// Reads events that were published as JSON ([`Topic::publish`]).
    ///
    /// # Errors
    ///
    /// If the backplane is unavailable, or if a new generation of the log began during the read.
    /// Retry the read.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future has no effect.
    pub async fn events(self) -> Result<TopicPage<T>, BackplaneError>
    where
        T: DeserializeOwned,
    {
        self.page(json).await
    }

    /// Reads variants of an enum with `#[derive(Events)]` ([`Topic::publish_event`]).
    ///
    /// # Errors
    ///
    /// If the backplane is unavailable, or if a new generation of the log began during the read.
    /// Retry the read.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future has no effect.
    pub async fn typed_events(self) -> Result<TopicPage<T>, BackplaneError>
    where
        T: TypedEvent + DeserializeOwned,
    {
        self.page(typed).await
    }

    /// Reads events of any type as text.
    ///
    /// # Errors
    ///
    /// If the backplane is unavailable, or if a new generation of the log began during the read.
    /// Retry the read.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future has no effect.
    pub async fn text_events(self) -> Result<TopicPage<String>, BackplaneError> {
        self.page(text).await
    }

    async fn page<D>(self, decode: Decode<D>) -> Result<TopicPage<D>, BackplaneError> {
        let (node, topic) = (self.topic.node(), self.topic.name());
        let read = PastEvents::read(node, topic, self.start, self.limit).await?;
        Ok(page(&read, self.start, decode))
    }
}

fn page<D>(read: &PastEvents, start: Start, decode: Decode<D>) -> TopicPage<D> {
    let kept = &read.kept;
    let position = |sequence| Position { epoch: kept.epoch, sequence };
    let mut events: Vec<_> =
        kept.events.iter().filter_map(|bytes| Received::of(&decoded(bytes)?, decode)).collect();
    let lost_through = read.lost_through();
    let reason = read.unknown.or(lost_through.map(|_| GapReason::Evicted));
    let requested = match start {
        Start::Newest => None,
        Start::After(position) | Start::Before(position) => Some(position.id().to_string()),
    };
    if let Some(reason) = reason {
        let from = position(lost_through.unwrap_or(match start {
            Start::After(_) => kept.after,
            Start::Newest | Start::Before(_) => kept.through,
        }));
        let gap = Received::Gap(Gap { reason, requested, from: from.id() });
        let at = if matches!(start, Start::After(_)) { 0 } else { events.len() };
        events.insert(at, gap);
    }
    let is_lost_before = lost_through.is_some() && !matches!(start, Start::After(_));
    let has_older = kept.after > kept.evicted_through || is_lost_before;
    let older = (has_older && kept.after > 0).then(|| position(kept.after + 1));
    TopicPage { events, older, newer: position(kept.through) }
}

fn decoded(bytes: &Bytes) -> Option<Event> {
    // The log has already refused events that are too large.
    let mut decoder = Decoder::with_max_event_bytes(usize::MAX);
    decoder.push(bytes).ok()?;
    match decoder.pop()? {
        Decoded::Event(event) => Some(event),
        _ => None,
    }
}

impl<T> Topic<T> {
    /// Returns a [`TopicRead`], which reads past events, such as for a page that shows older
    /// messages as the user scrolls. By default, it reads the newest 100 events.
    ///
    /// # Examples
    ///
    /// ```
    /// use hyperpoint::topics::{BackplaneError, Position, Topic, TopicPage};
    ///
    /// /// Returns the 50 messages before the oldest one on the page.
    /// async fn load_older(
    ///     chat: &Topic<String>,
    ///     before: Position,
    /// ) -> Result<TopicPage<String>, BackplaneError> {
    ///     chat.read().before(before).limit(50).events().await
    /// }
    /// ```
    pub fn read(&self) -> TopicRead<'_, T> {
        TopicRead { topic: self, start: Start::Newest, limit: DEFAULT_LIMIT, events: PhantomData }
    }
}

impl<T> fmt::Debug for TopicRead<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TopicRead")
            .field("start", &self.start)
            .field("limit", &self.limit)
            .finish_non_exhaustive()
    }
}
