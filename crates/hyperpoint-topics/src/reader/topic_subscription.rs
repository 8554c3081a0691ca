//! The options of a subscription without an endpoint.

use std::fmt;
use std::marker::PhantomData;

use http::{Response, request};
use hyperpoint_sse::TypedEvent;
use hyperpoint_sse::stream::{SourceWriter, StreamBody, StreamOptions, StreamScope, frame_stream};
use serde::de::DeserializeOwned;

use super::received::{json, text, typed};
use super::topic_events::TopicEvents;
use crate::event::TopicEvent;
use crate::position::Position;
use crate::subscription::{Gap, OnLag, Subscription};
use crate::topic::Topic;
use crate::topic_set::TopicSet;

/// The body of a response that streams a topic. Returned by [`TopicSubscription::respond`].
pub type TopicBody = StreamBody<SourceWriter>;

/// A subscription without an endpoint, to be read inside the process or sent by any HTTP server.
///
/// It starts with the next event that is published after [`events`](Self::events),
/// [`typed_events`](Self::typed_events), [`text_events`](Self::text_events) or
/// [`respond`](Self::respond) is called, unless [`after`](Self::after) or
/// [`history`](Self::history) sets another start. Returned by [`Topic::subscribe`] and
/// [`TopicSet::subscribe`].
///
/// # Examples
///
/// ```
/// use futures_util::StreamExt;
/// use hyperpoint::topics::{Received, TopicName, Topics};
///
/// const PRICES: TopicName<u32> = TopicName::new("prices");
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), hyperpoint::PublishError> {
/// let topics = Topics::default();
/// let mut prices = topics.topic(PRICES).subscribe().history(10).events();
/// topics.topic(PRICES).publish(&100).await?;
/// let Some(Received::Event { data, .. }) = prices.next().await else { panic!("one event") };
/// assert_eq!(data, 100);
/// # Ok(())
/// # }
/// ```
#[must_use = "call `events` to read it, or `respond` to send it"]
pub struct TopicSubscription<T> {
    subscription: Subscription,
    scope: StreamScope,
    options: StreamOptions,
    after: Option<Position>,
    events: PhantomData<fn() -> T>,
}

impl<T> TopicSubscription<T> {
    fn new(subscription: Subscription) -> Self {
        let scope = subscription.scope().clone();
        let options = StreamOptions::default();
        Self { subscription, scope, options, after: None, events: PhantomData }
    }

    /// Selects the events for which `wants` returns true. `wants` is called for each event and each
    /// subscriber while the events of the topic are locked, so it must be fast. Default: every
    /// event.
    pub fn filter(self, wants: impl Fn(&TopicEvent<'_>) -> bool + Send + Sync + 'static) -> Self {
        Self { subscription: self.subscription.filter(wants), ..self }
    }

    /// Starts a new subscription with up to `count` recent events of each topic, as far as this
    /// node keeps them. With [`OnLag::Conflate`], the newest event of each of up to `count` keys
    /// comes first, if a backplane keeps these events; if they exceed about 256 KiB, up to twice as
    /// many keys, or all keys if `count` is more than 8,192. Ignored if the subscription resumes.
    /// Default: 0.
    pub fn history(self, count: usize) -> Self {
        Self { subscription: self.subscription.history(count), ..self }
    }

    /// Sets the policy for a subscriber that reads more slowly than events are published. Default:
    /// [`OnLag::Gap`] on the embedded log, [`OnLag::Resume`] with a backplane.
    pub fn on_lag(self, policy: OnLag) -> Self {
        Self { subscription: self.subscription.on_lag(policy), ..self }
    }

    /// Calls `observe` with each [`Gap`], while the subscription is polled, so `observe` must be
    /// fast. Default: unset.
    pub fn on_gap(self, observe: impl FnMut(&Gap) + Send + 'static) -> Self {
        Self { subscription: self.subscription.on_gap(observe), ..self }
    }

    /// Starts after this position, with the events that were published since. If the log no longer
    /// has them, the first item is a gap. A response starts at the last event id of its request
    /// instead, if the request has one. Default: unset.
    pub fn after(self, position: Position) -> Self {
        Self { after: Some(position), ..self }
    }

    /// Sets the options of the response. Default: the defaults of [`StreamOptions`].
    pub fn options(self, options: StreamOptions) -> Self {
        Self { options, ..self }
    }

    /// Sets the scope that the responses of a server share, with its shutdown signal. Default: the
    /// scope of the [`Topics`](crate::Topics), which never stops.
    pub fn scope(self, scope: &StreamScope) -> Self {
        Self { scope: scope.clone(), ..self }
    }

    /// Reads events that were published as JSON ([`Topic::publish`]).
    pub fn events(self) -> TopicEvents<T>
    where
        T: DeserializeOwned,
    {
        TopicEvents::new(self.subscription, self.after, json)
    }

    /// Reads variants of an enum with `#[derive(Events)]` ([`Topic::publish_event`]).
    ///
    /// # Examples
    ///
    /// ```
    /// use futures_util::StreamExt;
    /// use hyperpoint::prelude::*;
    /// use hyperpoint::topics::Received;
    ///
    /// #[derive(Debug, PartialEq, Events, Serialize, Deserialize, JsonSchema)]
    /// enum Chat {
    ///     Said { text: String },
    /// }
    ///
    /// const CHAT: TopicName<Chat> = TopicName::new("chat");
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), hyperpoint::PublishError> {
    /// let chat = Topics::default().topic(CHAT);
    /// let mut events = chat.subscribe().history(1).typed_events();
    /// chat.publish_event(&Chat::Said { text: "hello".to_owned() }).await?;
    /// let Some(Received::Event { data, .. }) = events.next().await else { panic!("one event") };
    /// assert_eq!(data, Chat::Said { text: "hello".to_owned() });
    /// # Ok(())
    /// # }
    /// ```
    pub fn typed_events(self) -> TopicEvents<T>
    where
        T: TypedEvent + DeserializeOwned,
    {
        TopicEvents::new(self.subscription, self.after, typed)
    }

    /// Reads events of any type as text.
    pub fn text_events(self) -> TopicEvents<String> {
        TopicEvents::new(self.subscription, self.after, text)
    }

    /// Creates a response that streams the topic and resumes after the last event id of the request.
    /// It is for servers other than Hyperpoint, such as axum. A client that reconnects is sent the
    /// events after the last one that it received.
    ///
    /// # Panics
    ///
    /// If called outside a Tokio runtime.
    ///
    /// # Examples
    ///
    /// An axum handler:
    ///
    /// ```
    /// use axum::extract::State;
    /// use axum::response::IntoResponse;
    /// use hyperpoint::http::request::Parts;
    /// use hyperpoint::topics::{TopicName, Topics};
    ///
    /// const PRICES: TopicName<u32> = TopicName::new("prices");
    ///
    /// async fn prices(State(topics): State<Topics>, request: Parts) -> impl IntoResponse {
    ///     topics.topic(PRICES).subscribe().respond(&request)
    /// }
    /// # let _: axum::Router = axum::Router::new()
    /// #     .route("/prices", axum::routing::get(prices))
    /// #     .with_state(Topics::default());
    /// ```
    #[must_use = "return it from the handler"]
    pub fn respond(mut self, request: &request::Parts) -> Response<TopicBody> {
        self.subscription.start_after(self.after);
        frame_stream(self.subscription, request, self.options, &self.scope)
    }
}

impl<T> Topic<T> {
    /// Subscribes without an endpoint, to read the events inside the process or to send them with
    /// any HTTP server. An endpoint calls `cx.send.topic_async(&topic)` instead.
    ///
    /// # Examples
    ///
    /// ```
    /// use futures_util::StreamExt;
    /// use hyperpoint::topics::{Received, TopicName, Topics};
    ///
    /// const PRICES: TopicName<u32> = TopicName::new("prices");
    ///
    /// /// Prints the prices, for as long as the process runs.
    /// async fn print(topics: Topics) {
    ///     let mut prices = topics.topic(PRICES).subscribe().events();
    ///     while let Some(received) = prices.next().await {
    ///         if let Received::Event { data, .. } = received {
    ///             println!("{data}");
    ///         }
    ///     }
    /// }
    /// ```
    pub fn subscribe(&self) -> TopicSubscription<T> {
        TopicSubscription::new(Subscription::to(self))
    }
}

impl<T> TopicSet<T> {
    /// Subscribes to all topics of the set without an endpoint. Their events are received in the
    /// order of publication.
    ///
    /// # Examples
    ///
    /// ```
    /// use hyperpoint::topics::{TopicEvents, TopicName, Topics};
    ///
    /// const NEWS: TopicName<String> = TopicName::new("news");
    /// const SCORES: TopicName<u32> = TopicName::new("scores");
    ///
    /// let topics = Topics::default();
    /// let both = topics.topic(NEWS).and(&topics.topic(SCORES));
    /// let events: TopicEvents<String> = both.subscribe().text_events();
    /// # let _ = events;
    /// ```
    pub fn subscribe(&self) -> TopicSubscription<T> {
        TopicSubscription::new(Subscription::to(self))
    }
}

impl<T> fmt::Debug for TopicSubscription<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TopicSubscription").field("after", &self.after).finish_non_exhaustive()
    }
}
