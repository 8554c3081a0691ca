//! [`Publish`], the future that publishes an event, and its options.

use std::error::Error;
use std::fmt;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use hyperpoint_sse::{Decoded, Decoder, Event, EventName, StreamItem, UnsequencedEvent};
use serde::Serialize;

use crate::backplane::{BackplaneError, Draft, Stored};
use crate::follow::follow;
use crate::limits::TopicLimits;
use crate::log::NewEvent;
use crate::node::Node;
use crate::outbox_event::OutboxEvent;
use crate::position::Position;
use crate::publish_error::{PublishError, Reason};
use crate::published::Published;

type Storing = Pin<Box<dyn Future<Output = Result<Stored, BackplaneError>> + Send>>;

/// A future that publishes an event. The data was serialized when the future was created.
///
/// On the embedded log, the future completes when it is first polled. With a backplane, the future
/// waits until the backplane has stored the event. It never waits for a subscriber.
///
/// # Errors
///
/// [`PublishError`] if the data cannot be serialized as JSON, if the event name is invalid or
/// [reserved](EventName::check_unreserved), if the event is larger than
/// [`TopicsOptions::max_event_bytes`](crate::TopicsOptions::max_event_bytes), if an item has no
/// data, if the backplane fails or rejects the event, or if the future is polled after it
/// completed.
///
/// # Cancel safety
///
/// Dropping the future before its first poll publishes nothing. Dropping it later, with a
/// backplane, may leave the event stored.
///
/// # Examples
///
/// ```
/// use hyperpoint::{TopicName, Topics};
///
/// const PRICES: TopicName<u32> = TopicName::new("prices");
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), hyperpoint::PublishError> {
/// let prices = Topics::default().topic(PRICES);
/// let published = prices.publish(&1250).key("ACME").once("request-7").await?;
/// assert!(!published.is_duplicate());
/// # Ok(())
/// # }
/// ```
#[must_use = "an event is published only if the future is awaited"]
pub struct Publish<'a> {
    node: &'a Arc<Node>,
    topic: &'a str,
    limits: Option<TopicLimits>,
    key: Option<String>,
    once: Option<String>,
    expires_after: Option<Duration>,
    state: State,
}

enum State {
    /// Encoded for the embedded log.
    Encoded(Result<UnsequencedEvent, Reason>),
    /// The event name and data, as a backplane stores them.
    Drafted(Result<(Option<EventName>, String), Reason>),
    /// Waiting for the backplane.
    Storing(Storing),
    Done,
}

impl<'a> Publish<'a> {
    /// Creates the publication of an event with JSON data.
    pub(crate) fn json<T: Serialize + ?Sized>(
        (node, topic, limits): (&'a Arc<Node>, &'a str, Option<TopicLimits>),
        name: Result<Option<EventName>, Box<dyn Error + Send + Sync>>,
        data: &T,
    ) -> Self {
        let name = name.map_err(Reason::Name).and_then(unreserved);
        let state = if node.backplane.is_some() {
            let data = |name| Ok((name, serde_json::to_string(data).map_err(Reason::Json)?));
            State::Drafted(name.and_then(data))
        } else {
            State::Encoded(name.and_then(|name| {
                let placeholder = &Position::PLACEHOLDER;
                Ok(UnsequencedEvent::json(name.as_ref(), placeholder, data, node.max_event_bytes)?)
            }))
        };
        Self { node, topic, limits, key: None, once: None, expires_after: None, state }
    }

    /// Creates the publication of an item. The id and the `retry` of the item are dropped, because
    /// the log assigns ids, and each stream sets its own `retry`.
    pub(crate) fn item(
        (node, topic, limits): (&'a Arc<Node>, &'a str, Option<TopicLimits>),
        item: &StreamItem,
        default_name: Option<EventName>,
    ) -> Self {
        let name = unreserved(item.event_name().cloned().or(default_name));
        let named = name.and_then(|name| Ok((name, item.data().ok_or(Reason::Comment)?)));
        let state = if node.backplane.is_some() {
            State::Drafted(named.map(|(name, data)| (name, data.to_owned())))
        } else {
            State::Encoded(named.and_then(|(name, data)| {
                let placeholder = &Position::PLACEHOLDER;
                Ok(UnsequencedEvent::text(name.as_ref(), placeholder, data, node.max_event_bytes)?)
            }))
        };
        Self { node, topic, limits, key: None, once: None, expires_after: None, state }
    }

    /// Sets the key that identifies the subject of the event. A later event of the topic with the
    /// same key replaces this one for subscribers with [`OnLag::Conflate`](crate::OnLag::Conflate).
    /// Default: no key.
    ///
    /// # Examples
    ///
    /// ```
    /// # use hyperpoint::{PublishError, Topic};
    /// # async fn publish(prices: &Topic<u32>) -> Result<(), PublishError> {
    /// prices.publish(&1250).key("ACME").await?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn key(mut self, key: impl Into<String>) -> Self {
        self.key = Some(key.into());
        self
    }

    /// Sets an idempotency key, such as an order number or a request id. Repeating the publication
    /// with the same key, in the same topic and within
    /// [`once_window`](crate::TopicsOptions::once_window), adds no second event. With a backplane,
    /// the window is that of the backplane. Default: no key, and each publication adds an event.
    ///
    /// # Examples
    ///
    /// ```
    /// use hyperpoint::{TopicName, Topics};
    ///
    /// const ORDERS: TopicName<u32> = TopicName::new("orders");
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), hyperpoint::PublishError> {
    /// let orders = Topics::default().topic(ORDERS);
    /// let first = orders.publish(&3).once("request-7").await?;
    /// let repeated = orders.publish(&3).once("request-7").await?;
    /// assert!(repeated.is_duplicate());
    /// assert_eq!(repeated.id(), first.id());
    /// # Ok(())
    /// # }
    /// ```
    pub fn once(mut self, text: impl Into<String>) -> Self {
        self.once = Some(text.into());
        self
    }

    /// Sets the time after which the event expires. An expired event is not sent to any client,
    /// live or resuming, and is in no page of past events. It is not reported as a `gap`. The log
    /// measures the time in milliseconds, from when it stores the event, by its own clock. Default:
    /// the event does not expire.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::time::Duration;
    ///
    /// use hyperpoint::{PublishError, Topic};
    ///
    /// /// A client that was away for longer need not know who was typing.
    /// async fn is_typing(room: &Topic<String>, user: &String) -> Result<(), PublishError> {
    ///     room.publish(user).expires_after(Duration::from_secs(5)).await?;
    ///     Ok(())
    /// }
    /// ```
    pub fn expires_after(mut self, time: Duration) -> Self {
        self.expires_after = Some(time);
        self
    }

    /// Returns the event for an outbox instead of publishing it. The application stores the event
    /// in its own database, in the same transaction as the change that the event reports, and an
    /// [`OutboxRelay`](crate::outbox::OutboxRelay) publishes it.
    ///
    /// # Errors
    ///
    /// The errors of publishing, except those of the backplane. Also an error if the event
    /// [expires](Self::expires_after), because an outbox cannot store an expiry time.
    ///
    /// # Examples
    ///
    /// ```
    /// use hyperpoint::topics::outbox::OutboxEvent;
    /// use hyperpoint::{TopicName, Topics};
    ///
    /// const ORDERS: TopicName<u32> = TopicName::new("orders");
    ///
    /// let orders = Topics::default().topic(ORDERS);
    /// let event: OutboxEvent = orders.publish(&3).once("order-3-placed").into_outbox()?;
    /// assert_eq!(event.id, "order-3-placed");
    /// # Ok::<(), hyperpoint::PublishError>(())
    /// ```
    pub fn into_outbox(self) -> Result<OutboxEvent, PublishError> {
        let max = self.node.max_event_bytes;
        if self.expires_after.is_some() {
            return Err(PublishError(Reason::ExpiresInOutbox));
        }
        let (name, data) = match self.state {
            State::Encoded(Ok(event)) => decoded(event),
            State::Drafted(Ok((name, data))) => check_size(name.as_ref(), &data, max)
                .map(|()| (name.map(|name| name.to_string()), data)),
            State::Encoded(Err(reason)) | State::Drafted(Err(reason)) => Err(reason),
            State::Storing(_) | State::Done => Err(Reason::PolledAgain),
        }
        .map_err(PublishError)?;
        let (topic, key) = (self.topic.to_owned(), self.key);
        let id = self.once.unwrap_or_else(|| format!("{:032x}", fastrand::u128(..)));
        Ok(OutboxEvent { id, topic, name, data, key })
    }

    /// Appends the event to the embedded log.
    fn append(&mut self, event: UnsequencedEvent) -> Published {
        let Self { topic, limits, expires_after, .. } = *self;
        let (key, once) = (self.key.take().map(Arc::from), self.once.take());
        let new = NewEvent { topic, limits, event, key, expires_after, once };
        let appended = self.node.hub.append(new);
        if !appended.is_duplicate {
            self.node.published();
        }
        Published::new(appended.position, appended.is_duplicate)
    }

    /// Polls the future that stores the event in the backplane.
    fn poll_stored(
        &mut self,
        mut storing: Storing,
        cx: &mut Context<'_>,
    ) -> Poll<Result<Published, PublishError>> {
        let Poll::Ready(stored) = storing.as_mut().poll(cx) else {
            self.state = State::Storing(storing);
            return Poll::Pending;
        };
        let Stored { position, is_duplicate } = stored
            .inspect_err(|error| self.node.failed(error))
            .map_err(Reason::Engine)
            .map_err(PublishError)?;
        if !is_duplicate {
            self.node.published();
        }
        Poll::Ready(Ok(Published::new(position, is_duplicate)))
    }

    /// Starts storing the event in the backplane.
    fn store(&mut self, name: Option<EventName>, data: String) -> Result<Storing, Reason> {
        check_size(name.as_ref(), &data, self.node.max_event_bytes)?;
        let (key, once) = (self.key.take(), self.once.take());
        let (topic, expires_after) = (self.topic.to_owned(), self.expires_after);
        let draft = Draft { topic, name, data, key, expires_after, once };
        let node = Arc::clone(self.node);
        follow(&node);
        Ok(Box::pin(async move {
            match &node.backplane {
                Some(backplane) => backplane.publish(draft).await,
                None => Err(BackplaneError::new(
                    "publish an event to the backplane",
                    "these topics have no backplane",
                )),
            }
        }))
    }
}

/// Returns an error if the encoded event is too large, because no node could deliver it.
fn check_size(name: Option<&EventName>, data: &str, max_event_bytes: usize) -> Result<(), Reason> {
    /// Maximum encoded size of a byte of the data, in bytes: a line break is encoded as the end of
    /// a line and the start `data: ` of the next line.
    const GROWTH: usize = 7;
    /// Maximum size of the name and the id, in bytes.
    const FIELDS: usize = 256;

    let most = data.len().saturating_add(1).saturating_mul(GROWTH).saturating_add(FIELDS);
    if most > max_event_bytes {
        UnsequencedEvent::text(name, &Position::PLACEHOLDER, data, max_event_bytes)?;
    }
    Ok(())
}

/// Returns the name and the data of an encoded event.
fn decoded(event: UnsequencedEvent) -> Result<(Option<String>, String), Reason> {
    let mut decoder = Decoder::with_max_event_bytes(usize::MAX);
    let bytes = event.with_id(&Position::PLACEHOLDER);
    match decoder.push(&bytes).ok().and_then(|()| decoder.pop()) {
        // `message` is the name of an event without a name (HTML, section 9.2.6).
        Some(Decoded::Event(Event { name, data, .. })) => {
            Ok(((name != "message").then_some(name), data))
        }
        // An event without data, which clients ignore.
        _ => Err(Reason::Comment),
    }
}

/// Returns an error if the name is reserved on streams for `EventSource`. Every event is checked,
/// because streams of both kinds share the encoded event.
fn unreserved(name: Option<EventName>) -> Result<Option<EventName>, Reason> {
    match name.as_ref().map(EventName::check_unreserved) {
        Some(Err(error)) => Err(Reason::Name(error.into())),
        _ => Ok(name),
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
