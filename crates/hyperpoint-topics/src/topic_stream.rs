//! Owns the answer that is a subscription.

use std::fmt;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use hyperpoint_core::answer::Send;
use hyperpoint_core::{EventAnswer, FrameStream, OnError, Problem, Sent};
use hyperpoint_sse::StreamItem;

use crate::event::TopicEvent;
use crate::subscription::{Gap, OnLag, Subscription};
use crate::topic_set::Subscribe;
use crate::topics::Topics;

/// The age of a stream, times a random 0.8 to 1.
const MAX_AGE: Duration = Duration::from_mins(15);

/// The way to answer with a topic: `cx.send.topic_async(&topic)`.
pub trait SendTopic<'a, R> {
    /// Streams what is published to the topic, or to several.
    ///
    /// The first event is `ready`, whose id is the place that the stream goes on from. A client that
    /// comes back with the id of an event gets what came after it, and then what comes; if that is
    /// not kept any more, the first event is `gap`. Options are methods of the [`TopicStream`] that
    /// is returned.
    fn topic_async<T>(self, topics: &(impl Subscribe<T> + ?Sized)) -> TopicStream<'a>
    where
        R: EventAnswer<T>;
}

impl<'a, R> SendTopic<'a, R> for Send<'a, R> {
    fn topic_async<T>(self, topics: &(impl Subscribe<T> + ?Sized)) -> TopicStream<'a>
    where
        R: EventAnswer<T>,
    {
        let (node, topics) = topics.topics().into_parts().unwrap_or_else(Topics::nothing);
        let age = MAX_AGE.mul_f64(0.2_f64.mul_add(-fastrand::f64(), 1.0));
        let subscription = Subscription::new(node, topics);
        TopicStream { frames: self.frames_async(subscription).max_age(age) }
    }
}

/// A subscription on its way to the client. Await it to send it.
///
/// It is authorised by its endpoint, which runs anew each time that a client comes back. What it
/// sends is shared with all other streams of its topics: a stream has a place in the log and no
/// queue, so that a slow client costs what a fast one does.
///
/// # Errors
///
/// None. What fails is told in the stream and logged.
///
/// # Cancel safety
///
/// Dropping it leaves an answer without an end: return the [`Sent`] it gives, and cut a stream
/// short with [`until`](Self::until), not with `select!`.
#[must_use = "a subscription is sent when it is awaited"]
pub struct TopicStream<'a> {
    frames: FrameStream<'a, Subscription>,
}

impl<'a> TopicStream<'a> {
    /// Sends only the events for which this holds. It is asked for each event and each subscriber,
    /// while the log is held: it must be quick.
    pub fn filter(
        self,
        wants: impl Fn(&TopicEvent<'_>) -> bool + std::marker::Send + Sync + 'static,
    ) -> Self {
        self.change(|subscription| subscription.set_filter(Arc::new(wants)))
    }

    /// Begins a new subscription with the last events that the node keeps, up to so many of each
    /// topic. Default: none, with what is published from now on. With an engine, a node begins with
    /// [some of its past](crate::TopicsOptions::preload_events).
    pub fn history(self, count: usize) -> Self {
        self.change(|subscription| subscription.set_history(count))
    }

    /// What happens when the client falls so far behind that what it needs next is kept no more.
    /// Default: [`OnLag::Gap`] on the embedded log, [`OnLag::Resume`] with an engine.
    pub fn on_lag(self, policy: OnLag) -> Self {
        self.change(|subscription| subscription.set_on_lag(policy))
    }

    /// What follows an event `gap`: the present state of what the topic's events change, so that the
    /// client need not ask for it. The place in the log was read before this is called, and the last
    /// of the items gets it as its id; what happens meanwhile follows as events. Ids of the items
    /// are not sent. Default: the events that are left.
    pub fn snapshot<F, W>(mut self, mut snapshot: F) -> Self
    where
        F: FnMut(Gap) -> W + std::marker::Send + 'a,
        W: Future<Output = Result<Vec<StreamItem>, Problem>> + std::marker::Send + 'a,
    {
        self = self.change(Subscription::set_snapshot);
        self.frames = self.frames.between(move |mut subscription| {
            let gap = subscription.take_gap();
            let work = gap.map(|gap| (snapshot(gap.clone()), gap));
            go_on(subscription, work)
        });
        self
    }

    /// Calls this with each [`Gap`], before the event `gap` is sent: to count or log it. What follows
    /// the gap stays as it is. It runs while the stream is polled, so it must be quick. It is not
    /// called if the stream ends with `reconnect` instead ([`OnLag::Resume`]). Default: nothing.
    ///
    /// # Examples
    ///
    /// ```
    /// # use hyperpoint_core::{Events, Problem, Sent, answer::Send};
    /// use hyperpoint_topics::{SendTopic, Topic};
    ///
    /// # async fn handle(send: Send<'_, Events<u32>>, topic: &Topic<u32>) -> Result<Sent, Problem> {
    /// send.topic_async(topic).on_gap(|gap| eprintln!("{}: {:?}", gap.reason, gap.requested)).await
    /// # }
    /// ```
    pub fn on_gap(self, observe: impl FnMut(&Gap) + std::marker::Send + 'static) -> Self {
        self.change(|subscription| subscription.set_on_gap(Box::new(observe)))
    }

    /// How long the stream may be idle before a comment keeps it alive. Default: 15 s, times a
    /// random 0.8 to 1.
    pub fn keep_alive(mut self, interval: Duration) -> Self {
        self.frames = self.frames.keep_alive(interval);
        self
    }

    /// How long the client waits before it reconnects; it rides on the first event. At least
    /// 250 ms. Default: 3 s, times a random 0.8 to 1.2.
    pub fn retry(mut self, after: Duration) -> Self {
        self.frames = self.frames.retry(after);
        self
    }

    /// The age at which the stream ends with an event `reconnect`. The client comes back with its
    /// id, and misses nothing. Default: 15 min, times a random 0.8 to 1.
    pub fn max_age(mut self, age: Duration) -> Self {
        self.frames = self.frames.max_age(age);
        self
    }

    /// What the client reads when a snapshot fails. Default: [`OnError::SendProblem`].
    pub fn on_error(mut self, policy: OnError) -> Self {
        self.frames = self.frames.on_error(policy);
        self
    }

    /// Sends an event `done` when [`until`](Self::until) ends the stream.
    pub fn done(mut self) -> Self {
        self.frames = self.frames.done();
        self
    }

    /// Ends the stream when this future ends. What is published by then may not be sent.
    pub fn until<F>(mut self, future: F) -> Self
    where
        F: Future<Output = ()> + std::marker::Send + 'a,
    {
        self.frames = self.frames.until(future);
        self
    }

    fn change(mut self, change: impl FnOnce(&mut Subscription)) -> Self {
        self.frames = self.frames.change(change);
        self
    }
}

/// Gives the items of a snapshot to the subscription that waits for them.
async fn go_on(
    mut subscription: Box<Subscription>,
    work: Option<(impl Future<Output = Result<Vec<StreamItem>, Problem>>, Gap)>,
) -> Result<Box<Subscription>, Problem> {
    if let Some((items, gap)) = work {
        subscription.go_on(&gap, &items.await?)?;
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
