//! Tests of a log whose newest events have a later time than the system clock, because the system
//! clock was set back.

use std::time::{Duration, SystemTime};

use futures_util::{FutureExt, StreamExt};
use hyperpoint_topics::backplane::{Backplane, Draft, PageQuery};
use hyperpoint_topics::{Received, TopicEvents, TopicName, Topics};
use rusqlite::Connection;

use super::log_folder::{LogFolder, draft, publish};
use crate::event_rows::{EventRows, sum};
use crate::log_state::LogState;
use crate::past::Past;

const HOUR: Duration = Duration::from_hours(1);
const NUMBERS: TopicName<u32> = TopicName::new("t");

/// Rewrites a closed log as if each event had been stored later, by the duration that `by` returns
/// for its sequence number.
fn store_later(folder: &LogFolder, by: impl Fn(u64) -> Duration) {
    let shell = Connection::open(folder.file("topics.db")).unwrap();
    let LogState { last_seq, slice_ms, .. } = LogState::read(&shell).unwrap();
    let past = Past::default();
    let mut events = EventRows::prepare(&shell, &past).unwrap();
    for seq in 1..=last_seq {
        let by_ms = u64::try_from(by(seq).as_millis()).unwrap();
        let found = events.one(seq).unwrap().unwrap();
        let at_ms = found.at_ms + by_ms;
        let sum = sum(seq, at_ms, found.kind, &found.draft);
        let values = (seq.cast_signed(), at_ms.cast_signed(), sum);
        shell.execute("UPDATE event SET at_ms = ?2, sum = ?3 WHERE seq = ?1", values).unwrap();
        let values = (seq.cast_signed(), (by_ms / slice_ms).cast_signed());
        shell.execute("UPDATE once SET slice = slice + ?2 WHERE seq = ?1", values).unwrap();
    }
}

/// Returns the data of the events that can be received without waiting.
fn ready(events: &mut TopicEvents<u32>) -> Vec<u32> {
    let ready = std::iter::from_fn(|| events.next().now_or_never().flatten());
    let number = |received| match received {
        Received::Event { data, .. } => data,
        other => panic!("{other:?}"),
    };
    ready.map(number).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn an_expired_event_stays_expired_over_a_restart() {
    let folder = LogFolder::new();
    let log = folder.open();
    let expiring = |data: &str| Draft { expires_after: Some(HOUR), ..draft("t", data) };
    log.publish(expiring("1")).await.unwrap();
    publish(&log, 2..3).await;
    drop(log);
    // The first event expired before the second event was stored.
    store_later(&folder, |seq| HOUR * u32::try_from(seq).unwrap());
    let log = folder.open();
    let page = log.read(PageQuery::after("t", 0, usize::MAX)).await.unwrap();
    assert!(page.now >= page.entries[1].at && page.now < page.entries[1].at + HOUR);
    let topics = Topics::with_backplane(log, |_| {});
    let numbers = topics.topic(NUMBERS);
    let mut read = numbers.read().events().await.unwrap().events.into_iter();
    assert!(matches!(read.next(), Some(Received::Event { data: 2, .. })));
    assert_eq!(read.next(), None);
    // Events that are published from now on expire on time.
    numbers.publish(&3).expires_after(HOUR / 2).await.unwrap();
    numbers.publish(&4).expires_after(Duration::ZERO).await.unwrap();
    numbers.publish(&5).await.unwrap();
    assert_eq!(numbers.read().events().await.unwrap().events.len(), 3);
    let mut events = numbers.subscribe().history(9).events();
    let mut seen = Vec::new();
    let deadline = std::time::Instant::now() + Duration::from_secs(20);
    while seen.last() != Some(&5) {
        assert!(std::time::Instant::now() < deadline);
        seen.extend(ready(&mut events));
        tokio::task::yield_now().await;
    }
    assert_eq!(seen, [2, 3, 5]);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_idempotency_key_is_known_over_a_restart() {
    let folder = LogFolder::new();
    let log = folder.open();
    let once = Draft { once: Some("order 7".to_owned()), ..draft("t", "7") };
    let first = log.publish(once.clone()).await.unwrap();
    drop(log);
    store_later(&folder, |_| HOUR);
    let log = folder.open();
    let again = log.publish(once).await.unwrap();
    assert_eq!((again.position, again.is_duplicate), (first.position, true));
}

#[tokio::test(flavor = "multi_thread")]
async fn processes_with_one_folder_have_one_time() {
    let folder = LogFolder::new();
    let log = folder.open();
    publish(&log, 0..1).await;
    drop(log);
    store_later(&folder, |_| HOUR);
    let (one, two) = (folder.open(), folder.open());
    let expires_after = Some(HOUR / 2);
    for (number, log) in [&one, &two, &one].into_iter().enumerate() {
        let data = number.to_string();
        log.publish(Draft { expires_after, ..draft("t", data) }).await.unwrap();
    }
    for log in [&one, &two] {
        let page = log.read(PageQuery::after("t", 1, usize::MAX)).await.unwrap();
        assert_eq!(page.entries.len(), 3);
        for entry in page.entries {
            assert!(entry.at > SystemTime::now() + HOUR / 2);
            let age = page.now.duration_since(entry.at).unwrap_or_default();
            assert!(age < HOUR / 2, "{age:?}");
        }
    }
}
