//! [`OutboxRelay`], which publishes the events of an outbox in a background task.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use futures_util::future::join_all;
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio::time::Instant;

use super::table::{Outbox, OutboxError};
use crate::node::Node;
use crate::outbox_event::OutboxEvent;
use crate::publish::Publish;
use crate::topics::Topics;

/// Maximum number of events that one call of [`Outbox::read`] returns.
const PAGE: usize = 256;
/// Interval at which the outbox is read if nothing wakes the relay.
const POLL: Duration = Duration::from_secs(1);
/// Time after which one pass over the outbox ends, so that the next one retries topics that failed.
const PASS: Duration = Duration::from_secs(1);
/// The delay after the first failure. It doubles with each further failure, up to [`MAX_DELAY`].
const MIN_DELAY: Duration = Duration::from_millis(100);
const MAX_DELAY: Duration = Duration::from_secs(10);

/// Publishes the events of an [`Outbox`], in the order of their row numbers within each topic, and
/// deletes them.
///
/// An event is deleted after the topic's log has stored it. If the process is killed in between,
/// the next relay publishes it again under the same idempotency key, which adds no second event
/// within the window of the log: [`TopicsOptions::once_window`](crate::TopicsOptions::once_window)
/// or that of the backplane, by default 2 minutes. Set the window longer than a process may be
/// down.
///
/// Several processes may relay the same outbox. Events of concurrent transactions are published in
/// the order in which the relay reads them. If a transaction begins after another one was
/// committed, its events are published after those of the earlier transaction.
///
/// An outbox stores no limits. On the embedded log, a topic that the relay publishes to has
/// [`TopicsOptions::limits`](crate::TopicsOptions::limits), until this process first subscribes to
/// or publishes to it by a name with [limits](crate::TopicName::limits) of its own.
///
/// If publishing an event fails, the relay logs the reason and retries, after 100 ms at first and
/// after at most 10 s. Later events of the topic wait; other topics continue. Dropping the relay
/// stops it; the next relay publishes the events that are left.
///
/// # Examples
///
/// ```no_run
/// use hyperpoint::prelude::*;
/// use hyperpoint::topics::outbox::{Outbox, OutboxRelay};
///
/// async fn run(outbox: impl Outbox) -> Result<(), HostError> {
///     let topics = Arc::new(Topics::default());
///     let relay = Arc::new(OutboxRelay::start(&topics, outbox));
///     // An endpoint with a field `Arc<OutboxRelay>` wakes it after a commit.
///     Host::new().service(topics).service(relay).run().await
/// }
/// ```
pub struct OutboxRelay {
    /// The number of calls of `wake`.
    asked: watch::Sender<u64>,
    /// The number of the last call of `wake` for which every event that was stored before the call
    /// is published.
    done: watch::Receiver<u64>,
    task: JoinHandle<()>,
}

impl OutboxRelay {
    /// Starts a task that publishes the events of this outbox to these topics. Events that an
    /// earlier process left are published first.
    ///
    /// # Panics
    ///
    /// If called outside a Tokio runtime.
    #[must_use = "dropping the relay stops it"]
    pub fn start(topics: &Topics, outbox: impl Outbox) -> Self {
        let (to_task, asked) = watch::channel(0);
        let (done, of_task) = watch::channel(0);
        let node = Arc::clone(topics.node());
        let (published, blocked, awaited) = Default::default();
        let relaying = Relaying { node, outbox, asked, done, awaited, published, blocked };
        Self { asked: to_task, done: of_task, task: tokio::spawn(relaying.run()) }
    }

    /// Notifies the relay that an event was committed. Without this call, the relay finds the event
    /// within a second.
    pub fn wake(&self) {
        self.asked.send_modify(|asked| *asked += 1);
    }

    /// Waits until every event that was committed before this call is published.
    ///
    /// # Cancel safety
    ///
    /// Cancel safe: dropping the future has no effect.
    pub async fn drained(&self) {
        self.wake();
        let asked = *self.asked.borrow();
        let mut done = self.done.clone();
        // The task ends only when the relay is dropped.
        let _ = done.wait_for(|done| *done >= asked).await;
    }
}

impl Drop for OutboxRelay {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl fmt::Debug for OutboxRelay {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OutboxRelay").finish_non_exhaustive()
    }
}

/// An event with its row number.
type Row = (i64, OutboxEvent);

/// The state of a topic whose events wait because publishing one of them failed.
struct Blocked {
    reason: String,
    delay: Duration,
    retry_at: Instant,
}

/// The state of the task of a relay.
struct Relaying<O> {
    node: Arc<Node>,
    outbox: O,
    asked: watch::Receiver<u64>,
    done: watch::Sender<u64>,
    /// The number of a call of `wake`, and the last row number after that call. Unset if the last
    /// pass published all events.
    awaited: Option<(u64, i64)>,
    /// The row numbers of published events that are not deleted yet.
    published: BTreeSet<i64>,
    blocked: BTreeMap<String, Blocked>,
}

impl<O: Outbox> Relaying<O> {
    async fn run(mut self) {
        let (mut delay, mut told) = (MIN_DELAY, String::new());
        loop {
            let asked = *self.asked.borrow_and_update();
            let Err(error) = self.pass(asked).await else {
                (delay, told) = (MIN_DELAY, String::new());
                continue;
            };
            let error = reasons(&*error);
            if told != error {
                tracing::error!("the database of the outbox failed: {error}; retrying");
                told = error;
            }
            tokio::time::sleep(delay).await;
            delay = (delay * 2).min(MAX_DELAY);
        }
    }

    /// Publishes stored events. If all are published, waits for the next ones.
    ///
    /// # Errors
    ///
    /// If the database failed.
    async fn pass(&mut self, asked: u64) -> Result<(), OutboxError> {
        if self.publish_all().await? {
            self.awaited = None;
            self.wait(asked).await;
            return Ok(());
        }
        if let Some((awaited, last)) = self.awaited {
            if self.first_after(i64::MIN).await?.is_some_and(|first| first <= last) {
                return Ok(());
            }
            let _ = self.done.send(awaited);
        }
        self.awaited = Some((asked, self.last_number().await?));
        Ok(())
    }

    /// Waits for a call of `wake`, a retry that is due, or the poll interval. If no topic is
    /// blocked, first reports that every event that was stored before call number `asked` of `wake`
    /// is published.
    async fn wait(&mut self, asked: u64) {
        if self.blocked.is_empty() {
            let _ = self.done.send(asked);
        }
        let retry_at = self.blocked.values().map(|blocked| blocked.retry_at).min();
        let poll_at = Instant::now() + POLL;
        let until = retry_at.map_or(poll_at, |retry_at| retry_at.min(poll_at));
        let _ = tokio::time::timeout_at(until, self.asked.changed()).await;
    }

    /// Publishes all stored events, except those of topics that were blocked when the call began or
    /// whose publication fails during the call. Returns `false` if the call ended after [`PASS`],
    /// before it had read all events.
    ///
    /// Reads from the first row again after each batch: in a database that numbers rows before they
    /// are committed, an event with a lower number than those of the batch may have been committed
    /// since the batch was read. Later events of its topic must not overtake it.
    ///
    /// # Errors
    ///
    /// If the database failed. Events that are already published are not published again.
    async fn publish_all(&mut self) -> Result<bool, OutboxError> {
        self.delete_published().await?;
        // A topic whose retry becomes due during the call stays blocked, because some of its events
        // may have been skipped already.
        let now = Instant::now();
        loop {
            let (rows, is_last) = self.read_open(now).await?;
            let topics = by_topic(&rows).into_iter();
            let each: Vec<_> = topics.map(|(topic, events)| self.publish(topic, events)).collect();
            for (topic, numbers, result) in join_all(each).await {
                self.published.extend(numbers);
                self.note(topic, result);
            }
            self.delete_published().await?;
            if is_last || now.elapsed() >= PASS {
                return Ok(is_last);
            }
        }
    }

    /// Reads pages from the first row until they have [`PAGE`] events of open topics, and returns
    /// these events. The second value is whether no further event of an open topic is stored.
    async fn read_open(&self, now: Instant) -> Result<(Vec<Row>, bool), OutboxError> {
        let (mut open, mut after) = (Vec::new(), i64::MIN);
        loop {
            let mut rows = self.outbox.read(after, PAGE).await?;
            let next = next_page(&rows);
            rows.retain(|(_, event)| self.is_open(&event.topic, now));
            open.extend(rows);
            if let Some(next) = next.filter(|_| open.len() < PAGE) {
                after = next;
                continue;
            }
            let late = self.late_topics(&open, after, now).await?;
            open.retain(|(_, event)| !late.contains(&event.topic));
            return Ok((open, next.is_none() && late.is_empty()));
        }
    }

    /// Returns the open topics of events up to row number `through` that were committed after their
    /// page was read. Events of the pages after it must not overtake them.
    async fn late_topics(
        &self,
        read: &[Row],
        through: i64,
        now: Instant,
    ) -> Result<BTreeSet<String>, OutboxError> {
        let read: BTreeSet<_> = read.iter().map(|(number, _)| *number).collect();
        let (mut late, mut after) = (BTreeSet::new(), i64::MIN);
        while after < through {
            let rows = self.outbox.read(after, PAGE).await?;
            after = next_page(&rows).unwrap_or(through);
            let known = |number: &i64| *number > through || read.contains(number);
            let unread = rows.into_iter().filter(|(number, _)| !known(number));
            late.extend(unread.map(|(_, event)| event.topic).filter(|of| self.is_open(of, now)));
        }
        Ok(late)
    }

    /// Returns the number of the first row after `after`, or `None` if there is none.
    async fn first_after(&self, after: i64) -> Result<Option<i64>, OutboxError> {
        Ok(self.outbox.read(after, 1).await?.first().map(|(number, _)| *number))
    }

    /// Returns the number of the last row, or `i64::MIN` if there is none. Looks ahead of the first
    /// row in steps that grow, and then shrink.
    async fn last_number(&self) -> Result<i64, OutboxError> {
        let Some(mut last) = self.first_after(i64::MIN).await? else { return Ok(i64::MIN) };
        let (mut step, mut is_growing) = (1_i64, true);
        while step > 0 {
            match self.first_after(last.saturating_add(step - 1)).await? {
                Some(next) => last = next,
                None => is_growing = false,
            }
            step = if is_growing { step.saturating_mul(2).min(1 << 62) } else { step / 2 };
        }
        Ok(last)
    }

    /// Returns whether a topic is not blocked, or the retry of its next event is due.
    fn is_open(&self, topic: &str, now: Instant) -> bool {
        self.blocked.get(topic).is_none_or(|blocked| blocked.retry_at <= now)
    }

    async fn delete_published(&mut self) -> Result<(), OutboxError> {
        if !self.published.is_empty() {
            let numbers: Vec<_> = self.published.iter().copied().collect();
            self.outbox.delete(&numbers).await?;
            self.published.clear();
        }
        Ok(())
    }

    /// Blocks a topic if publishing an event of it failed, or unblocks it. Logs a new reason of
    /// failure.
    fn note(&mut self, topic: &str, result: Result<(), OutboxError>) {
        let before = self.blocked.remove(topic);
        let Err(error) = result else { return };
        let reason = reasons(&*error);
        if before.as_ref().is_none_or(|before| before.reason != reason) {
            tracing::error!("failed to publish {reason}; retrying; later events of the topic wait");
        }
        let delay = before.map_or(MIN_DELAY, |before| (before.delay * 2).min(MAX_DELAY));
        let retry_at = Instant::now() + delay;
        self.blocked.insert(topic.to_owned(), Blocked { reason, delay, retry_at });
    }

    /// Publishes events of one topic, one after the other, up to the first failure. Returns the
    /// topic, the row numbers of the published events, and the error of the first failure.
    async fn publish<'e>(
        &self,
        topic: &'e str,
        events: Vec<(i64, &'e OutboxEvent)>,
    ) -> (&'e str, Vec<i64>, Result<(), OutboxError>) {
        let mut published = Vec::with_capacity(events.len());
        for (number, event) in events {
            if let Err(error) = self.publish_one(event).await {
                let text = format!("event {} of topic `{topic}`: {}", event.id, reasons(&*error));
                return (topic, published, Err(text.into()));
            }
            published.push(number);
        }
        (topic, published, Ok(()))
    }

    async fn publish_one(&self, event: &OutboxEvent) -> Result<(), OutboxError> {
        let target = (&self.node, event.topic.as_str(), None);
        let publish = Publish::item(target, &event.item()?, None).once(event.id.as_str());
        match &event.key {
            Some(key) => publish.key(key.as_str()).await?,
            None => publish.await?,
        };
        Ok(())
    }
}

/// Returns the row number after which the next page begins, or `None` if this page is the last one.
fn next_page(rows: &[Row]) -> Option<i64> {
    rows.last().filter(|_| rows.len() >= PAGE).map(|(number, _)| *number)
}

/// Groups the events by topic, and keeps their order.
fn by_topic(rows: &[Row]) -> BTreeMap<&str, Vec<(i64, &OutboxEvent)>> {
    let mut topics = BTreeMap::<_, Vec<_>>::new();
    for (number, event) in rows {
        topics.entry(event.topic.as_str()).or_default().push((*number, event));
    }
    topics
}

/// Returns the messages of an error and of its sources, separated by colons.
fn reasons(error: &(dyn std::error::Error + 'static)) -> String {
    let sources = std::iter::successors(Some(error), |error| error.source());
    sources.map(ToString::to_string).collect::<Vec<_>>().join(": ")
}
