//! Past events, read by the application: from memory, and from a log on disk.

use futures_util::{FutureExt, StreamExt};
use hyperpoint::prelude::*;
use hyperpoint::topics::{Epoch, Position, Received, TopicPage};
use hyperpoint::{GapReason, TopicLimits};
use hyperpoint_sqlite::SqliteLog;
use tempfile::TempDir;

use super::received;
use super::scripted_backplane::ScriptedBackplane;

const NUMBERS: TopicName<u32> = TopicName::new("numbers");
const OTHERS: TopicName<String> = TopicName::new("others");
/// The two newest events are in memory.
const FEW: TopicLimits = TopicLimits { events: 2, ..TopicLimits::DEFAULT };

/// Topics in memory, on disk, and on disk with little memory.
fn all() -> [(Topics, Option<TempDir>); 3] {
    let stored = |limits| {
        let folder = tempfile::tempdir().unwrap();
        let log = SqliteLog::open(folder.path(), |_| {}).unwrap();
        (Topics::with_backplane(log, |options| options.limits = limits), Some(folder))
    };
    [(Topics::default(), None), stored(TopicLimits::DEFAULT), stored(FEW)]
}

/// Publishes numbers, with an event of another topic after each. Returns their positions.
async fn publish(topics: &Topics, numbers: std::ops::Range<u32>) -> Vec<Position> {
    let mut positions = Vec::new();
    for number in numbers {
        positions.push(topics.topic(NUMBERS).publish(&number).await.unwrap().position());
        topics.topic(OTHERS).publish(&"between".to_owned()).await.unwrap();
    }
    positions
}

/// Returns the data of a page of events alone.
fn data(page: &TopicPage<u32>) -> Vec<u32> {
    page.events.iter().cloned().map(|received| received::event(received).unwrap()).collect()
}

/// Takes the gap out of a page, if it is at this place.
fn gap(page: &mut TopicPage<u32>, at: usize) -> GapReason {
    received::gap(page.events.remove(at)).unwrap().reason
}

#[tokio::test]
async fn older_events_are_read_page_by_page_up_to_the_first() {
    for (topics, _folder) in all() {
        let positions = publish(&topics, 0..10).await;
        let numbers = topics.topic(NUMBERS);
        let newest = numbers.read().limit(4).events().await.unwrap();
        assert_eq!(data(&newest), [6, 7, 8, 9]);
        assert_eq!(newest.older, Some(positions[6]));
        let older = numbers.read().before(positions[6]).limit(4).events().await.unwrap();
        assert_eq!(data(&older), [2, 3, 4, 5]);
        let first = numbers.read().before(older.older.unwrap()).limit(4).events().await.unwrap();
        assert_eq!((data(&first), first.older), (vec![0, 1], None));
        let none = numbers.read().before(positions[0]).events().await.unwrap();
        assert_eq!((none.events, none.older), (vec![], None));
    }
}

#[tokio::test]
async fn newer_events_are_read_page_by_page_up_to_the_last_and_then_subscribed_to() {
    for (topics, _folder) in all() {
        let positions = publish(&topics, 0..10).await;
        let numbers = topics.topic(NUMBERS);
        let page = numbers.read().after(positions[1]).limit(5).events().await.unwrap();
        assert_eq!(data(&page), [2, 3, 4, 5, 6]);
        let back = numbers.read().before(page.older.unwrap()).events().await.unwrap();
        assert_eq!(data(&back), [0, 1], "up to the position that was asked for");
        let page = numbers.read().after(page.newer).limit(5).events().await.unwrap();
        assert_eq!(data(&page), [7, 8, 9]);
        let end = numbers.read().after(page.newer).limit(5).events().await.unwrap();
        assert_eq!(end.events, [], "there are no more");
        let back = numbers.read().before(end.older.unwrap()).limit(1).events().await.unwrap();
        assert_eq!(data(&back), [9]);
        let mut events = numbers.subscribe().after(end.newer).events();
        numbers.publish(&10).await.unwrap();
        let Some(Received::Event { data, .. }) = events.next().await else { panic!("an event") };
        assert_eq!(data, 10);
    }
}

#[tokio::test]
async fn an_event_of_another_type_is_read_as_text() {
    for (topics, _folder) in all() {
        publish(&topics, 0..1).await;
        topics.topic(NUMBERS).publish_named("renamed", "many").await.unwrap();
        let page = topics.topic(NUMBERS).read().events().await.unwrap();
        let [Received::Event { data: 0, .. }, Received::Undecoded { name, text, error, .. }] =
            &page.events[..]
        else {
            panic!("{page:?}");
        };
        assert_eq!((name.as_str(), text.as_str()), ("renamed", "\"many\""));
        assert!(error.contains("invalid type"), "{error}");
        let texts = topics.topic(NUMBERS).read().limit(1).text_events().await.unwrap();
        assert!(matches!(&texts.events[..], [Received::Event { data, .. }] if data == "\"many\""));
    }
}

#[tokio::test]
async fn a_position_of_another_log_is_reported_and_the_page_has_the_events_there_are() {
    for (topics, _folder) in all() {
        let positions = publish(&topics, 0..3).await;
        let numbers = topics.topic(NUMBERS);
        let foreign = Position { epoch: Epoch::random(), ..positions[1] };
        let later = Position { sequence: positions[2].sequence + 100, ..positions[2] };
        for (position, reason) in [(foreign, GapReason::Epoch), (later, GapReason::Unknown)] {
            let mut page = numbers.read().after(position).limit(2).events().await.unwrap();
            assert_eq!(gap(&mut page, 0), reason);
            assert_eq!(data(&page), [0, 1]);
            let mut page = numbers.read().before(position).limit(2).events().await.unwrap();
            assert_eq!(gap(&mut page, 2), reason);
            assert_eq!((data(&page), page.older), (vec![1, 2], Some(positions[1])));
        }
    }
}

#[tokio::test]
async fn evicted_events_are_reported_after_a_position_and_end_the_past_before_one() {
    let topics = Topics::new(|options| options.limits = FEW);
    let positions = publish(&topics, 0..5).await;
    let numbers = topics.topic(NUMBERS);
    let mut page = numbers.read().after(positions[0]).events().await.unwrap();
    assert_eq!(gap(&mut page, 0), GapReason::Evicted);
    assert_eq!((data(&page), page.older), (vec![3, 4], None));
    let page = numbers.read().after(positions[2]).events().await.unwrap();
    assert_eq!(data(&page), [3, 4], "nothing is missing");
    let page = numbers.read().before(positions[4]).events().await.unwrap();
    assert_eq!((data(&page), page.older), (vec![3], None));
    let page = numbers.read().before(positions[1]).events().await.unwrap();
    assert_eq!((page.events, page.older), (vec![], None), "while it was read, it was evicted");
}

#[tokio::test]
async fn a_topic_without_events_has_an_empty_page() {
    for (topics, _folder) in all() {
        let page = topics.topic(NUMBERS).read().events().await.unwrap();
        assert_eq!((page.events, page.older), (vec![], None));
        publish(&topics, 0..1).await;
        let page = topics.topic(NUMBERS).read().after(page.newer).events().await.unwrap();
        assert_eq!(data(&page), [0]);
    }
}

#[tokio::test]
async fn what_this_node_has_not_followed_yet_is_read_from_the_backplane() {
    let log = ScriptedBackplane::new();
    log.change(|log| log.is_held = true);
    let topics = Topics::with_backplane(log.clone(), |_| {});
    let mut events = topics.topic(NUMBERS).subscribe().events();
    let positions = publish(&topics, 0..3).await;
    assert_eq!(events.next().now_or_never(), None);
    let page = topics.topic(NUMBERS).read().after(positions[0]).events().await.unwrap();
    assert_eq!(data(&page), [1, 2]);
}
