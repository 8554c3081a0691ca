//! A session: the topics that its client has subscribed to, and the stream that sends their
//! changes.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use futures_util::StreamExt;
use futures_util::stream::{BoxStream, Stream, poll_fn};
use tokio::time::Instant;

/// A session of a client. Changes that occur while no stream is open are not lost: the next stream
/// sends at most two notifications of these changes for each topic.
pub(crate) struct Session {
    user: Option<String>,
    caller: String,
    inner: Mutex<Inner>,
}

struct Inner {
    used: Instant,
    is_ended: bool,
    /// The serial number of the newest stream. Older streams end, so that a message is sent only
    /// once.
    newest: u64,
    /// Number of streams that are not dropped yet, including ended ones.
    streams: usize,
    waker: Option<Waker>,
    /// The changes of each subscribed topic, by its index in the configuration.
    subscribed: BTreeMap<usize, BoxStream<'static, ()>>,
    /// The index of the topic whose change was sent last. The next poll starts with the topic after
    /// it.
    last: usize,
}

impl Session {
    /// Creates a session of a user. `caller` is the key by which sessions are counted.
    pub(crate) fn new(user: Option<String>, caller: String) -> Self {
        let inner = Inner {
            used: Instant::now(),
            is_ended: false,
            newest: 0,
            streams: 0,
            waker: None,
            subscribed: BTreeMap::new(),
            last: 0,
        };
        Self { user, caller, inner: Mutex::new(inner) }
    }

    pub(crate) fn user(&self) -> Option<&str> {
        self.user.as_deref()
    }

    pub(crate) fn caller(&self) -> &str {
        &self.caller
    }

    /// Sets the time of the last use.
    pub(crate) fn touch(&self, now: Instant) {
        self.lock().used = now;
    }

    /// Returns the time of the last use, or `None` if a stream is open.
    pub(crate) fn unused_since(&self) -> Option<Instant> {
        let inner = self.lock();
        (inner.streams == 0).then_some(inner.used)
    }

    /// Returns whether the session has no stream and has been unused for longer than `idle`.
    pub(crate) fn is_expired(&self, idle: Duration) -> bool {
        self.unused_since().is_some_and(|since| since.elapsed() > idle)
    }

    /// Returns whether the session is subscribed to a topic.
    pub(crate) fn has(&self, topic: usize) -> bool {
        self.lock().subscribed.contains_key(&topic)
    }

    /// Subscribes to the changes of a topic, unless the session is already subscribed to it or has
    /// ended.
    pub(crate) fn subscribe(&self, topic: usize, changes: BoxStream<'static, ()>) {
        let mut inner = self.lock();
        if !inner.is_ended {
            inner.subscribed.entry(topic).or_insert(changes);
        }
        wake(inner);
    }

    /// Removes the subscriptions to all topics for which `is_kept` returns `false`.
    pub(crate) fn retain(&self, is_kept: impl Fn(usize) -> bool) {
        self.lock().subscribed.retain(|topic, _| is_kept(*topic));
    }

    /// Ends the session, its stream and its subscriptions.
    pub(crate) fn end(&self) {
        let mut inner = self.lock();
        inner.is_ended = true;
        inner.subscribed.clear();
        wake(inner);
    }

    /// Opens a stream that yields the index of a topic for each change. The stream ends with the
    /// session, or when a newer stream is opened.
    pub(crate) fn open_stream(
        self: &Arc<Self>,
    ) -> impl Stream<Item = usize> + Send + Unpin + 'static + use<> {
        let mut inner = self.lock();
        inner.newest += 1;
        inner.streams += 1;
        let serial = inner.newest;
        wake(inner);
        let open = OpenStream(Arc::clone(self));
        poll_fn(move |context| open.0.poll_change(serial, context))
    }

    fn poll_change(&self, serial: u64, context: &mut Context<'_>) -> Poll<Option<usize>> {
        let mut inner = self.lock();
        if inner.is_ended || inner.newest != serial {
            return Poll::Ready(None);
        }
        inner.waker = Some(context.waker().clone());
        let last = inner.last;
        let order = inner.subscribed.range(last + 1..).chain(inner.subscribed.range(..=last));
        let order: Vec<usize> = order.map(|(topic, _)| *topic).collect();
        for topic in order {
            let Some(changes) = inner.subscribed.get_mut(&topic) else { continue };
            if let Poll::Ready(Some(())) = changes.poll_next_unpin(context) {
                inner.last = topic;
                return Poll::Ready(Some(topic));
            }
        }
        Poll::Pending
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Releases the lock, and wakes the task that polls the stream.
fn wake(mut inner: MutexGuard<'_, Inner>) {
    let waker = inner.waker.take();
    drop(inner);
    if let Some(waker) = waker {
        waker.wake();
    }
}

/// A stream of a session, which counts it until the stream is dropped.
struct OpenStream(Arc<Session>);

impl Drop for OpenStream {
    fn drop(&mut self) {
        let mut inner = self.0.lock();
        inner.streams -= 1;
        inner.used = Instant::now();
    }
}

impl fmt::Debug for Session {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Session").field("user", &self.user).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use futures_util::FutureExt;
    use futures_util::stream::{iter, pending};

    use super::*;

    fn changes(count: usize) -> BoxStream<'static, ()> {
        iter(vec![(); count]).chain(pending()).boxed()
    }

    #[tokio::test]
    async fn changes_wait_for_a_stream_and_are_sent_on_the_newest_alone() {
        let session = Arc::new(Session::new(None, "a".to_owned()));
        session.subscribe(0, changes(2));
        session.subscribe(0, changes(9));
        session.subscribe(1, changes(1));
        let mut first = session.open_stream();
        assert_eq!((first.next().await, first.next().await), (Some(1), Some(0)));
        let mut second = session.open_stream();
        assert_eq!(first.next().await, None);
        assert_eq!((second.next().await, second.next().now_or_never()), (Some(0), None));
        session.subscribe(2, changes(1));
        session.retain(|topic| topic != 2);
        assert_eq!(second.next().now_or_never(), None);
        let ended = tokio::spawn(async move { second.next().await });
        tokio::task::yield_now().await;
        session.end();
        assert_eq!(ended.await.unwrap(), None);
        session.subscribe(3, changes(1));
        assert!(session.lock().subscribed.is_empty());
    }
}
