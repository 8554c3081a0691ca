//! The response that streams a subscription of topics.

use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use hyperpoint_core::answer::Send;
use hyperpoint_core::{
    EventAnswer, FrameStream, OnError, Problem, PublicProblem, Sent, StreamKind, StreamOptions,
};
use hyperpoint_sse::StreamItem;
use hyperpoint_topics::{Gap, OnLag, Subscribe, Subscription, TopicEvent};

/// The default maximum age of a stream, before it is multiplied by a random factor from 0.8 to 1.
const MAX_AGE: Duration = Duration::from_mins(15);

/// Responds with the events of a topic: `cx.send.topic_async(&topic)`.
///
/// # Examples
///
/// ```
/// use hyperpoint::prelude::*;
///
/// const PRICES: TopicName<u32> = TopicName::new("prices");
///
/// #[derive(Endpoint)]
/// struct Prices {
///     topics: Arc<Topics>,
/// }
///
/// impl Endpoint for Prices {
///     type Request = ();
///     type Response = Events<u32>;
///
///     fn configure(config: &mut Config) {
///         config.get("/prices");
///         config.allow_anonymous();
///     }
///
///     async fn handle(&self, (): (), cx: Cx<'_, Self>) -> Result {
///         cx.send.topic_async(&self.topics.topic(PRICES)).await
///     }
/// }
/// ```
pub trait SendTopic<'a, R> {
    /// Streams the events of one or more topics.
    ///
    /// The first event is `ready`, whose id is the position at which the stream starts. A client
    /// that reconnects with the id of an event is sent the events after it, and then new events. If
    /// some of these events are no longer available, or the id is unknown, the first event is `gap`
    /// instead. A stream of the kind [`AsWritten`](StreamKind::AsWritten) has neither event: at a
    /// gap it sends the [`snapshot`](TopicStream::snapshot), or is cut off if no snapshot is set.
    /// Set options with the methods of the returned [`TopicStream`].
    ///
    /// # Examples
    ///
    /// ```
    /// # use hyperpoint::{Events, Problem, Sent, SendTopic, Topic, answer::Send};
    /// # async fn handle(send: Send<'_, Events<u32>>, topic: &Topic<u32>) -> Result<Sent, Problem> {
    /// send.topic_async(topic).await
    /// # }
    /// ```
    fn topic_async<T>(self, topics: &(impl Subscribe<T> + ?Sized)) -> TopicStream<'a>
    where
        R: EventAnswer<T>;
}

impl<'a, R> SendTopic<'a, R> for Send<'a, R> {
    fn topic_async<T>(self, topics: &(impl Subscribe<T> + ?Sized)) -> TopicStream<'a>
    where
        R: EventAnswer<T>,
    {
        let age = MAX_AGE.mul_f64(0.2_f64.mul_add(-fastrand::f64(), 1.0));
        let frames = self.frames_async(Subscription::to(topics));
        // Clients of a stream of the kind `AsWritten` do not reconnect by themselves after its end.
        let frames = match frames.kind() {
            StreamKind::ForEventSource => frames.options(|options| options.max_age(age)),
            _ => frames,
        };
        TopicStream { frames }
    }
}

/// A response that streams a subscription, sent when it is awaited.
///
/// The endpoint authorizes a client each time it reconnects. All streams of the same topics share
/// their events: a stream is a position in the log and has no queue, so that a slow client uses no
/// more memory than a fast one.
///
/// # Errors
///
/// If the response type is `JsonOrEvents`, returns the problem with which the stream is refused. A
/// later failure is logged, and ends the stream in the way that [`on_error`](Self::on_error) sets.
///
/// # Cancel safety
///
/// Dropping the future leaves the response unfinished: return the [`Sent`] that it resolves to, and
/// end a stream early with [`until`](Self::until) rather than `select!`.
///
/// # Examples
///
/// ```
/// use std::time::Duration;
///
/// use hyperpoint::{Events, OnLag, Problem, Sent, SendTopic, Topic, answer::Send};
///
/// async fn stream(send: Send<'_, Events<u32>>, topic: &Topic<u32>) -> Result<Sent, Problem> {
///     send.topic_async(topic)
///         .filter(|event| event.key() == Some("ACME"))
///         .history(10)
///         .on_lag(OnLag::Latest)
///         .keep_alive(Duration::from_secs(20))
///         .await
/// }
/// ```
#[must_use = "a subscription is sent when it is awaited"]
pub struct TopicStream<'a> {
    frames: FrameStream<'a, Subscription>,
}

impl<'a> TopicStream<'a> {
    /// Sends only the events for which `wants` returns true. `wants` is called for each event and
    /// each subscriber while the events of the topic are locked, so it must be quick. Default:
    /// every event.
    ///
    /// # Examples
    ///
    /// ```
    /// # use hyperpoint::{Events, Problem, Sent, SendTopic, Topic, answer::Send};
    /// # async fn handle(send: Send<'_, Events<u32>>, topic: &Topic<u32>) -> Result<Sent, Problem> {
    /// send.topic_async(topic).filter(|event| event.key() == Some("ACME")).await
    /// # }
    /// ```
    pub fn filter(
        self,
        wants: impl Fn(&TopicEvent<'_>) -> bool + std::marker::Send + Sync + 'static,
    ) -> Self {
        self.change(|subscription| subscription.filter(wants))
    }

    /// Starts a new subscription with up to `count` recent events of each topic that this node
    /// still keeps. Default: 0, which starts with the next event published. A node with a backplane
    /// [preloads recent events](hyperpoint_topics::TopicsOptions::preload_events). With
    /// [`OnLag::Conflate`], the newest event of each of up to `count` keys comes first, if a
    /// backplane stores the newest event of each key; if these exceed about 256 KiB, up to twice as
    /// many keys. A client that resumes by its id is not affected.
    ///
    /// # Examples
    ///
    /// ```
    /// # use hyperpoint::{Events, Problem, Sent, SendTopic, Topic, answer::Send};
    /// # async fn handle(send: Send<'_, Events<u32>>, topic: &Topic<u32>) -> Result<Sent, Problem> {
    /// send.topic_async(topic).history(10).await
    /// # }
    /// ```
    pub fn history(self, count: usize) -> Self {
        self.change(|subscription| subscription.history(count))
    }

    /// Sets the policy for a client that reads more slowly than events are published.
    /// Default: [`OnLag::Gap`] on the embedded log, [`OnLag::Resume`] with a backplane.
    ///
    /// # Examples
    ///
    /// ```
    /// # use hyperpoint::{Events, OnLag, Problem, Sent, SendTopic, Topic, answer::Send};
    /// # async fn handle(send: Send<'_, Events<u32>>, topic: &Topic<u32>) -> Result<Sent, Problem> {
    /// send.topic_async(topic).on_lag(OnLag::Conflate).await
    /// # }
    /// ```
    pub fn on_lag(self, policy: OnLag) -> Self {
        self.change(|subscription| subscription.on_lag(policy))
    }

    /// Sends a snapshot after each event `gap`: the current state that the events of the topic
    /// change, so that the client need not request it. A stream of the kind
    /// [`AsWritten`](StreamKind::AsWritten) sends the snapshot instead of the `gap`. Default: no
    /// snapshot; the stream then continues with the events that are still kept, and a stream of the
    /// kind `AsWritten` is cut off.
    ///
    /// The position in the log is read before the closure is called, and becomes the id of the last
    /// item; events published meanwhile follow. The items' own ids are not sent.
    ///
    /// An error of the closure ends the stream, as [`on_error`](Self::on_error) describes.
    ///
    /// # Examples
    ///
    /// ```
    /// # use hyperpoint::{Events, Problem, Sent, SendTopic, StreamItem, Topic, answer::Send};
    /// # async fn handle(send: Send<'_, Events<u32>>, topic: &Topic<u32>) -> Result<Sent, Problem> {
    /// send.topic_async(topic).snapshot(async |_gap| Ok(vec![StreamItem::json(&42)?])).await
    /// # }
    /// ```
    pub fn snapshot<F, W>(mut self, mut snapshot: F) -> Self
    where
        F: FnMut(Gap) -> W + std::marker::Send + 'a,
        W: Future<Output = Result<Vec<StreamItem>, Problem>> + std::marker::Send + 'a,
    {
        self = self.change(Subscription::pause_at_gaps);
        self.frames = self.frames.between(move |mut subscription| {
            let gap = subscription.take_gap();
            let work = gap.map(|gap| (snapshot(gap.clone()), gap));
            run_snapshot(subscription, work)
        });
        self
    }

    /// Calls `observe` with each [`Gap`] before the event `gap` is sent, to count or log it. On a
    /// stream of the kind [`AsWritten`](StreamKind::AsWritten), calls it before the snapshot or the
    /// end of the stream. `observe` runs while the stream is polled, so it must be quick. It is not
    /// called if the stream ends with `reconnect` instead ([`OnLag::Resume`]). Default: unset.
    ///
    /// # Examples
    ///
    /// ```
    /// # use hyperpoint::{Events, Problem, Sent, SendTopic, Topic, answer::Send};
    /// # async fn handle(send: Send<'_, Events<u32>>, topic: &Topic<u32>) -> Result<Sent, Problem> {
    /// send.topic_async(topic).on_gap(|gap| eprintln!("{}: {:?}", gap.reason, gap.requested)).await
    /// # }
    /// ```
    pub fn on_gap(self, observe: impl FnMut(&Gap) + std::marker::Send + 'static) -> Self {
        self.change(|subscription| subscription.on_gap(observe))
    }

    /// Replaces all options of the stream, including the default maximum age. To limit the age
    /// again, set [`StreamOptions::max_age`].
    pub fn options(self, options: StreamOptions) -> Self {
        self.set(|_| options)
    }

    /// Sets how long the stream is idle before a comment is sent to keep it alive. Minimum: 1 ms;
    /// maximum: one year. Default: 15 s, multiplied by a random factor from 0.8 to 1.
    ///
    /// # Examples
    ///
    /// ```
    /// # use std::time::Duration;
    /// # use hyperpoint::{Events, Problem, Sent, SendTopic, Topic, answer::Send};
    /// # async fn handle(send: Send<'_, Events<u32>>, topic: &Topic<u32>) -> Result<Sent, Problem> {
    /// send.topic_async(topic).keep_alive(Duration::from_secs(20)).await
    /// # }
    /// ```
    pub fn keep_alive(self, interval: Duration) -> Self {
        self.set(|options| options.keep_alive(interval))
    }

    /// Sets how long the client waits before it reconnects, sent as the field `retry` of the first
    /// event. Minimum: 250 ms; maximum: 2³¹ − 1 ms. Default: 3 s, multiplied by a random factor
    /// from 0.8 to 1.2; unset on a stream of the kind [`AsWritten`](StreamKind::AsWritten).
    ///
    /// # Examples
    ///
    /// ```
    /// # use std::time::Duration;
    /// # use hyperpoint::{Events, Problem, Sent, SendTopic, Topic, answer::Send};
    /// # async fn handle(send: Send<'_, Events<u32>>, topic: &Topic<u32>) -> Result<Sent, Problem> {
    /// send.topic_async(topic).retry(Duration::from_secs(1)).await
    /// # }
    /// ```
    pub fn retry(self, after: Duration) -> Self {
        self.set(|options| options.retry(after))
    }

    /// Sets the age at which the stream ends with an event `reconnect`. The client reconnects with
    /// its last event id, and resumes after that event. Default: 15 min, multiplied by a random
    /// factor from 0.8 to 1. A stream of the kind [`AsWritten`](StreamKind::AsWritten) ends without
    /// the event, and has no default.
    ///
    /// # Examples
    ///
    /// ```
    /// # use std::time::Duration;
    /// # use hyperpoint::{Events, Problem, Sent, SendTopic, Topic, answer::Send};
    /// # async fn handle(send: Send<'_, Events<u32>>, topic: &Topic<u32>) -> Result<Sent, Problem> {
    /// send.topic_async(topic).max_age(Duration::from_mins(5)).await
    /// # }
    /// ```
    pub fn max_age(self, age: Duration) -> Self {
        self.set(|options| options.max_age(age))
    }

    /// Sets whether the client is sent an event if a snapshot fails. Default:
    /// [`OnError::SendProblem`].
    ///
    /// # Examples
    ///
    /// ```
    /// # use hyperpoint::{Events, OnError, Problem, Sent, SendTopic, Topic, answer::Send};
    /// # async fn handle(send: Send<'_, Events<u32>>, topic: &Topic<u32>) -> Result<Sent, Problem> {
    /// send.topic_async(topic).on_error(OnError::End).await
    /// # }
    /// ```
    pub fn on_error(self, policy: OnError) -> Self {
        self.set(|options| options.on_error(policy))
    }

    /// Sets the item that is sent if a snapshot fails, built from the public part of the problem:
    /// an event in your own format instead of `problem`. The stream then ends; a stream of the kind
    /// [`AsWritten`](StreamKind::AsWritten) is cut off. Default: unset, which applies
    /// [`on_error`](Self::on_error).
    ///
    /// # Examples
    ///
    /// ```
    /// # use hyperpoint::{Events, Problem, Sent, SendTopic, StreamItem, Topic, answer::Send};
    /// # async fn handle(send: Send<'_, Events<u32>>, topic: &Topic<u32>) -> Result<Sent, Problem> {
    /// send.topic_async(topic).on_error_item(|problem| StreamItem::text(problem.title())).await
    /// # }
    /// ```
    pub fn on_error_item(
        mut self,
        item: impl Fn(&PublicProblem<'_>) -> StreamItem + std::marker::Send + Sync + 'static,
    ) -> Self {
        self.frames = self.frames.on_error_item(item);
        self
    }

    /// Sends an event `done` if [`until`](Self::until) ends the stream. Default: no such event.
    ///
    /// # Examples
    ///
    /// ```
    /// # use hyperpoint::{Events, Problem, Sent, SendTopic, Topic, answer::Send};
    /// # async fn handle(send: Send<'_, Events<u32>>, topic: &Topic<u32>) -> Result<Sent, Problem> {
    /// send.topic_async(topic).until(async { /* … */ }).done().await
    /// # }
    /// ```
    pub fn done(self) -> Self {
        self.set(StreamOptions::done)
    }

    /// Ends the stream when this future completes. Events published shortly before it completes may
    /// not be sent. Default: unset; the stream then ends for another reason, such as its age, a
    /// disconnect or a stop of the host.
    ///
    /// # Examples
    ///
    /// ```
    /// # use std::time::Duration;
    /// # use hyperpoint::{Events, Problem, Sent, SendTopic, Topic, answer::Send};
    /// # async fn handle(send: Send<'_, Events<u32>>, topic: &Topic<u32>) -> Result<Sent, Problem> {
    /// send.topic_async(topic).until(tokio::time::sleep(Duration::from_mins(1))).await
    /// # }
    /// ```
    pub fn until<F>(mut self, future: F) -> Self
    where
        F: Future<Output = ()> + std::marker::Send + 'a,
    {
        self.frames = self.frames.until(future);
        self
    }

    fn set(mut self, change: impl FnOnce(StreamOptions) -> StreamOptions) -> Self {
        self.frames = self.frames.options(change);
        self
    }

    fn change(mut self, change: impl FnOnce(Subscription) -> Subscription) -> Self {
        self.frames = self.frames.change(change);
        self
    }
}

/// Awaits the items of a snapshot, and resumes the subscription that waits for them.
async fn run_snapshot(
    mut subscription: Box<Subscription>,
    work: Option<(impl Future<Output = Result<Vec<StreamItem>, Problem>>, Gap)>,
) -> Result<Box<Subscription>, Problem> {
    if let Some((items, gap)) = work {
        subscription.resume_after_snapshot(&gap, &items.await?)?;
    }
    Ok(subscription)
}

impl Future for TopicStream<'_> {
    type Output = Result<Sent, Problem>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        Pin::new(&mut self.frames).poll(cx)
    }
}

impl fmt::Debug for TopicStream<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.frames.fmt(f)
    }
}
