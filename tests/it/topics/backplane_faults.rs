//! Nodes on a backplane that evicts, fails, is restored, or has events that a node cannot keep.

use std::time::Duration;

use futures_util::{FutureExt, StreamExt};
use hyperpoint::http::Method;
use hyperpoint::prelude::*;
use hyperpoint::sse::stream::{FrameSource, FrameStart, StreamKind};
use hyperpoint::topics::backplane::Draft;
use hyperpoint::topics::{Epoch, Position, Subscription};
use hyperpoint::{TopicLimits, TopicTemplate, TopicsOptions};
use hyperpoint_testing::{Client, EventReader};

use super::engine::Node;
use super::scripted_backplane::ScriptedBackplane;
use super::topic_host::{ROOM, read};
use crate::wire::scripted;

fn draft(data: impl Into<String>) -> Draft {
    let (topic, data) = ("room".to_owned(), data.into());
    Draft { topic, name: None, data, key: None, expires_after: None, once: None }
}

fn few(options: &mut TopicsOptions) {
    options.limits = TopicLimits { events: 5, ..TopicLimits::DEFAULT };
}

fn id(epoch: Epoch, sequence: u64) -> String {
    Position { epoch, sequence }.id().to_string()
}

/// Waits until the node has followed its backplane to this sequence.
async fn follows(node: &Node, sequence: u64) {
    loop {
        let events = node.open(None, "ready").await;
        if Position::parse(events.last_event_id()).unwrap().sequence >= sequence {
            return;
        }
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
}

/// Reads to this number. Returns the numbers after each gap, and reconnects where the stream ends.
async fn read_to(events: &mut EventReader, last: u32) -> Vec<Vec<u32>> {
    let mut runs = vec![Vec::new()];
    while runs.last().unwrap().last() != Some(&last) {
        let Ok(event) = events.next().await else {
            events.reconnect().await.unwrap();
            continue;
        };
        match &*event.name {
            "gap" => runs.push(Vec::new()),
            "ready" | "reconnect" => {}
            _ => runs.last_mut().unwrap().push(event.data.parse().unwrap()),
        }
    }
    runs
}

#[tokio::test(start_paused = true)]
async fn line_30_a_follower_that_is_overrun_by_retention_leaves_no_hole_that_is_not_told() {
    let log = ScriptedBackplane::new();
    let node = Node::new(log.clone(), few);
    let first = node.open(None, "ready").await;
    node.publish(1..=10).await;
    follows(&node, 10).await;
    let epoch = Position::parse(first.last_event_id()).unwrap().epoch;
    log.change(|log| log.is_held = true);
    node.publish(11..=100).await;
    log.change(|log| log.evict(50));
    let mut events = node.open(Some(&id(epoch, 1)), "gap").await;
    read(&mut events, 6..=10).await;
    log.change(|log| log.is_held = false);
    assert_eq!(read_to(&mut events, 100).await, [vec![], (51..=100).collect()]);
}

#[tokio::test(start_paused = true)]
async fn line_30_a_gap_of_the_backplane_ends_where_it_has_events_again() {
    let log = ScriptedBackplane::new();
    let node = Node::new(log.clone(), few);
    let first = node.open(None, "ready").await;
    node.publish(1..=100).await;
    follows(&node, 100).await;
    log.change(|log| log.evict(50));
    let epoch = Position::parse(first.last_event_id()).unwrap().epoch;
    let mut events = node.open(Some(&id(epoch, 1)), "gap").await;
    assert_eq!(events.last_event_id(), id(epoch, 50));
    read(&mut events, 51..=100).await;
}

#[tokio::test(start_paused = true)]
async fn an_event_whose_encoded_form_is_too_large_is_refused_by_its_node_and_told_by_others() {
    let log = ScriptedBackplane::new();
    let node = Node::new(log.clone(), |options| options.max_event_bytes = 200);
    let mut events = node.open(None, "ready").await;
    node.publish([1]).await;
    let first = read(&mut events, [1]).await;
    // 40 bytes, and 7 times as many once each line is one of its own.
    let lines = StreamItem::text("\n".repeat(40));
    let mixed: TopicName<StreamItem> = TopicName::new("room");
    let topics = Topics::with_backplane(log.clone(), |options| options.max_event_bytes = 200);
    let error = topics.topic(mixed).publish_item(&lines).await.unwrap_err();
    assert!(error.is_too_large());
    assert_eq!(log.change(|log| log.last), 1, "nothing is stored");

    // A node with another limit stored it.
    log.change(|log| log.put(draft("x".repeat(300))));
    node.publish([3, 4]).await;
    assert_eq!(read_to(&mut events, 4).await, [vec![], vec![3, 4]]);
    let mut again = node.open(Some(&first), "gap").await;
    read(&mut again, [3, 4]).await;
}

#[tokio::test(start_paused = true)]
async fn a_client_of_the_shared_past_goes_on_when_a_generation_begins_and_others_get_a_gap() {
    let log = ScriptedBackplane::new();
    let node = Node::new(log.clone(), |_| {});
    let mut early = node.open(None, "ready").await;
    node.publish(1..=5).await;
    let shared = read(&mut early, 1..=5).await;
    let other = Node::new(log.clone(), |_| {});
    let mut late = other.open(Some(&shared), "ready").await;
    log.change(|log| log.is_held = true);
    // Of the two nodes, only one has followed the log further.
    let third = Node::new(log.clone(), |_| {});
    log.change(|log| log.is_held = false);
    third.publish(6..=8).await;
    let lost = read(&mut late, 6..=8).await;
    assert_eq!(read_to(&mut early, 8).await, [vec![6, 7, 8]]);

    log.change(|log| log.restore(5));
    third.publish(106..=109).await;
    assert_eq!(read_to(&mut late, 109).await, [vec![], (106..=109).collect()]);
    assert_eq!(read_to(&mut early, 109).await, [vec![], (106..=109).collect()]);
    let mut events = node.open(Some(&shared), "ready").await;
    read(&mut events, 106..=109).await;
    let mut events = node.open(Some(&lost), "gap").await;
    read(&mut events, 106..=109).await;
    log.change(|log| log.generations.push((log.last, Epoch::random())));
    third.publish([110]).await;
    assert_eq!(read_to(&mut late, 110).await, [vec![110]], "nothing is lost");
}

#[tokio::test(start_paused = true)]
async fn line_30_an_id_that_was_never_given_is_a_gap() {
    let log = ScriptedBackplane::new();
    let node = Node::new(log.clone(), |_| {});
    let first = node.open(None, "ready").await;
    node.publish(1..=5).await;
    let epoch = Position::parse(first.last_event_id()).unwrap().epoch;
    for (id, reason) in [(id(epoch, 6), "unknown"), (id(Epoch::random(), 3), "epoch")] {
        let mut events = node.connect(Some(&id)).await;
        let gap = events.next().await.unwrap();
        assert!(gap.data.contains(&format!(r#""reason":"{reason}""#)), "{}", gap.data);
    }
}

#[tokio::test(start_paused = true)]
async fn an_engine_that_is_unavailable_is_503_with_retry_after() {
    let log = ScriptedBackplane::new();
    let topic = Topics::with_backplane(log.clone(), |_| {}).topic(ROOM);
    let host = scripted::<u32>(move |cx| {
        let topic = topic.clone();
        Box::pin(async move {
            topic.publish(&1).await?;
            cx.send.topic_async(&topic).await
        })
    });
    let client = Client::new(host.build().unwrap());
    assert_eq!(client.events("/s").await.unwrap().next().await.unwrap().name, "ready");
    log.change(|log| log.is_down = true);
    let response = client.call(Method::GET, "/s").await.unwrap();
    assert_eq!(response.status(), 503);
    assert_eq!(response.headers()["retry-after"], "1");
}

#[tokio::test(start_paused = true)]
async fn history_over_a_restart_has_the_topics_own_limits() {
    const LARGE: TopicName<String> =
        TopicName::new("room").limits(TopicLimits { bytes: 4 << 20, ..TopicLimits::DEFAULT });
    let log = ScriptedBackplane::new();
    for _ in 0..200 {
        log.change(|log| log.put(draft(format!("\"{}\"", "x".repeat(10_000)))));
    }
    let topics = Topics::with_backplane(log.clone(), |_| {});
    // Another topic is used first, so that the node has loaded the events by then.
    let quiet = topics.topic(TopicName::<u32>::new("quiet"));
    let mut others = quiet.subscribe().history(1).events();
    quiet.publish(&1).await.unwrap();
    others.next().await.unwrap();
    assert_eq!(history(&topics.topic(LARGE), 200).await, 200);
}

/// Returns how many events of the history come.
async fn history(topic: &Topic<String>, count: usize) -> usize {
    let events = topic.subscribe().history(count).text_events();
    let events = events.take_until(tokio::time::sleep(Duration::from_secs(3))).collect::<Vec<_>>();
    events.await.len()
}

#[tokio::test(start_paused = true)]
async fn history_over_a_restart_counts_events_and_not_numbers() {
    let log = ScriptedBackplane::new();
    for number in 0..10 {
        log.change(|log| log.put(draft(number.to_string())));
    }
    // After a torn end, the log goes on with later numbers.
    log.change(|log| log.last += 500);
    for number in 10..13 {
        log.change(|log| log.put(draft(number.to_string())));
    }
    let topics = Topics::with_backplane(log, |options| options.preload_events = 10);
    assert_eq!(history(&topics.topic(TopicName::new("room")), 10).await, 10);
}

#[tokio::test(start_paused = true)]
async fn history_over_a_restart_does_not_depend_on_the_clock_of_the_node() {
    let log = ScriptedBackplane::new();
    log.change(|log| log.behind = Duration::from_hours(1));
    for number in 0..10 {
        log.change(|log| log.put(draft(number.to_string())));
    }
    let topics = Topics::with_backplane(log, |_| {});
    assert_eq!(history(&topics.topic(TopicName::new("room")), 10).await, 10);
}

const ANY: TopicTemplate<u32> = TopicTemplate::new("any/{name}");

/// Resumes streams of distinct topics, each at one of these ids, and drops them.
async fn resume_many(topics: &Topics, ids: &[String]) {
    for number in 0..10_000 {
        let topic = topics.topic(ANY.with([number]));
        let mut stream = Subscription::to(&topic);
        let last_event_id = Some(&*ids[number % ids.len()]);
        stream.open(FrameStart { last_event_id, retry: None, kind: StreamKind::ForEventSource });
        let next = std::future::poll_fn(|cx| stream.poll_frame(cx));
        let frame = tokio::time::timeout(Duration::from_mins(1), next).await.unwrap().unwrap();
        assert!(frame.bytes.starts_with(b"event: "));
    }
}

#[tokio::test(start_paused = true)]
async fn anonymous_resumes_with_hostile_ids_leave_nothing_behind() {
    let log = ScriptedBackplane::new();
    let topics = Topics::with_backplane(log.clone(), few);
    for _ in 0..100 {
        log.change(|log| log.put(draft("1")));
    }
    log.change(|log| log.evict(20));
    topics.topic(ROOM).publish(&1).await.unwrap();
    assert!(topics.topic(ROOM).subscribe().events().next().now_or_never().is_none());
    let epoch = log.change(|log| log.generations[0].1);
    let ids = [
        id(epoch, 1),
        id(epoch, 50),
        id(epoch, 1 << 50),
        id(Epoch::random(), 3),
        "\u{1F600}".repeat(100),
        String::new(),
    ];
    resume_many(&topics, &ids[..1]).await;
    let (count, bytes) = (topics.count(), topics.bytes());
    resume_many(&topics, &ids).await;
    assert_eq!((topics.count(), topics.bytes()), (count, bytes));
    assert!(count <= 2 && bytes < 20_000, "{count} topics, {bytes} bytes");

    let topics = Topics::default();
    topics.topic(ROOM).publish(&1).await.unwrap();
    resume_many(&topics, &ids).await;
    assert_eq!(topics.count(), 1);
}
