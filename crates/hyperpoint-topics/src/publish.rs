//! Owns an event on its way into the log.

use std::error::Error;
use std::fmt;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use hyperpoint_sse::{EventId, EventName, InvalidData, StreamItem, UnsequencedEvent};
use serde::Serialize;

use crate::backplane::{BackplaneError, Draft, Stored};
use crate::follow::follow;
use crate::limits::TopicLimits;
use crate::log::NewEvent;
use crate::node::Node;
use crate::position::Position;

type Storing = Pin<Box<dyn Future<Output = Result<Stored, BackplaneError>> + Send>>;

/// An event on its way into the log of a topic. It is encoded already. Await it to publish it.
///
/// On the embedded log the await never waits. With an engine it waits until that has stored the
/// event. It never waits for a subscriber.
///
/// # Errors
///
/// [`PublishError`] for data that is no JSON, for a name that is none, for an event that is too
/// large, and when the engine did not store it.
///
/// # Cancel safety
///
/// Dropped before it is polled, it publishes nothing. With an engine, dropped later, the event may
/// have been stored.
#[must_use = "an event is published when it is awaited"]
pub struct Publish<'a> {
    node: &'a Arc<Node>,
    topic: &'a str,
    limits: Option<TopicLimits>,
    key: Option<String>,
    once: Option<String>,
    state: State,
}

enum State {
    /// Encoded for the log of this process.
    Encoded(Result<UnsequencedEvent, Reason>),
    /// As the engine stores it.
    Drafted(Result<(Option<EventName>, String), Reason>),
    Storing(Storing),
    Done,
}

impl<'a> Publish<'a> {
    /// An event with JSON data.
    pub(crate) fn json<T: Serialize + ?Sized>(
        (node, topic, limits): (&'a Arc<Node>, &'a str, Option<TopicLimits>),
        name: Result<Option<EventName>, Box<dyn Error + Send + Sync>>,
        data: &T,
    ) -> Self {
        let name = name.map_err(Reason::Name);
        let state = if node.backplane.is_some() {
            let data = |name| Ok((name, serde_json::to_string(data).map_err(Reason::Json)?));
            State::Drafted(name.and_then(data))
        } else {
            State::Encoded(name.and_then(|name| {
                let room = &Position::ROOM;
                Ok(UnsequencedEvent::json(name.as_ref(), room, data, node.max_event_bytes)?)
            }))
        };
        Self { node, topic, limits, key: None, once: None, state }
    }

    /// An item. An id and a retry of its own are not kept: the log gives ids.
    pub(crate) fn item(
        (node, topic, limits): (&'a Arc<Node>, &'a str, Option<TopicLimits>),
        item: &StreamItem,
        default_name: Option<EventName>,
    ) -> Self {
        let name = item.event_name().cloned().or(default_name);
        let data = item.data().ok_or(Reason::Comment);
        let state = if node.backplane.is_some() {
            State::Drafted(data.map(|data| (name, data.to_owned())))
        } else {
            State::Encoded(data.and_then(|data| {
                let room = &Position::ROOM;
                Ok(UnsequencedEvent::text(name.as_ref(), room, data, node.max_event_bytes)?)
            }))
        };
        Self { node, topic, limits, key: None, once: None, state }
    }

    /// What the event is about: a later one of the same key replaces it for subscribers that want
    /// the newest of each ([`OnLag::Conflate`](crate::OnLag::Conflate)).
    pub fn key(mut self, key: impl Into<String>) -> Self {
        self.key = Some(key.into());
        self
    }

    /// Publishes once, however often it is repeated with the same text within the topic and the
    /// window: an order's number, the id of a request. Default: each is an event of its own.
    pub fn once(mut self, text: impl Into<String>) -> Self {
        self.once = Some(text.into());
        self
    }

    fn append(&mut self, event: UnsequencedEvent) -> Published {
        let Self { topic, limits, .. } = *self;
        let (key, once) = (self.key.take().map(Arc::from), self.once.take());
        let appended = self.node.hub.append(NewEvent { topic, limits, event, key, once });
        if !appended.is_duplicate {
            self.node.published();
        }
        Published { position: appended.position, is_duplicate: appended.is_duplicate }
    }

    fn poll_stored(
        &mut self,
        mut storing: Storing,
        cx: &mut Context<'_>,
    ) -> Poll<Result<Published, PublishError>> {
        let Poll::Ready(stored) = storing.as_mut().poll(cx) else {
            self.state = State::Storing(storing);
            return Poll::Pending;
        };
        let Stored { position, is_duplicate } =
            stored.map_err(|error| PublishError(Reason::Engine(error)))?;
        if !is_duplicate {
            self.node.published();
        }
        Poll::Ready(Ok(Published { position, is_duplicate }))
    }

    fn store(&mut self, name: Option<EventName>, data: String) -> Result<Storing, Reason> {
        if data.len() > self.node.max_event_bytes {
            return Err(Reason::TooLarge(self.node.max_event_bytes));
        }
        let (key, once) = (self.key.take(), self.once.take());
        let draft = Draft { topic: self.topic.to_owned(), name, data, key, once };
        let node = Arc::clone(self.node);
        follow(&node);
        Ok(Box::pin(async move {
            match &node.backplane {
                Some(backplane) => backplane.publish(draft).await,
                None => Err(BackplaneError::new("find the engine of a topic", "there is none")),
            }
        }))
    }
}

impl Future for Publish<'_> {
    type Output = Result<Published, PublishError>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.get_mut();
        loop {
            match std::mem::replace(&mut this.state, State::Done) {
                State::Encoded(Ok(event)) => return Poll::Ready(Ok(this.append(event))),
                State::Drafted(Ok((name, data))) => {
                    this.state = State::Storing(this.store(name, data).map_err(PublishError)?);
                }
                State::Encoded(Err(reason)) | State::Drafted(Err(reason)) => {
                    return Poll::Ready(Err(PublishError(reason)));
                }
                State::Storing(storing) => return this.poll_stored(storing, cx),
                State::Done => return Poll::Ready(Err(PublishError(Reason::PolledAgain))),
            }
        }
    }
}

impl fmt::Debug for Publish<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Publish").field("topic", &self.topic).finish_non_exhaustive()
    }
}

/// An event that is in the log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Published {
    position: Position,
    is_duplicate: bool,
}

impl Published {
    /// Its place in the log.
    #[must_use]
    pub fn position(self) -> Position {
        self.position
    }

    /// Its id, as clients see it.
    #[must_use]
    pub fn id(self) -> EventId {
        self.position.id()
    }

    /// Whether it was there before: something was published with the same
    /// [`once`](Publish::once).
    #[must_use]
    pub fn is_duplicate(self) -> bool {
        self.is_duplicate
    }
}

/// Why an event was not published.
#[derive(Debug)]
pub struct PublishError(Reason);

#[derive(Debug)]
enum Reason {
    Json(serde_json::Error),
    Data(InvalidData),
    TooLarge(usize),
    Name(Box<dyn Error + Send + Sync>),
    Comment,
    Engine(BackplaneError),
    PolledAgain,
}

impl PublishError {
    /// Whether the event is over the limit.
    #[must_use]
    pub fn is_too_large(&self) -> bool {
        match &self.0 {
            Reason::Data(error) => error.is_too_large(),
            Reason::TooLarge(_) => true,
            Reason::Engine(error) => error.is_too_large(),
            _ => false,
        }
    }

    /// Whether the engine did not store it, as far as is known; it may be tried again.
    #[must_use]
    pub fn is_unavailable(&self) -> bool {
        matches!(&self.0, Reason::Engine(error) if !error.is_too_large())
    }
}

impl From<InvalidData> for Reason {
    fn from(error: InvalidData) -> Self {
        Self::Data(error)
    }
}

impl fmt::Display for PublishError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Reason::TooLarge(bytes) => {
                write!(f, "publish an event over the limit of {bytes} bytes")
            }
            Reason::Comment => f.write_str("publish a comment, which is no event"),
            Reason::PolledAgain => f.write_str("publish an event that was published"),
            Reason::Json(_) | Reason::Data(_) | Reason::Name(_) | Reason::Engine(_) => {
                f.write_str("publish an event")
            }
        }
    }
}

impl Error for PublishError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match &self.0 {
            Reason::Json(error) => Some(error),
            Reason::Data(error) => Some(error),
            Reason::Name(error) => Some(&**error),
            Reason::Engine(error) => Some(error),
            Reason::TooLarge(_) | Reason::Comment | Reason::PolledAgain => None,
        }
    }
}
