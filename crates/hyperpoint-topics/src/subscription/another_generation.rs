//! Tests of a node whose log begins another generation while it has topics and subscribers.

use futures_util::future::poll_fn;
use futures_util::{FutureExt, StreamExt};
use hyperpoint_sse::stream::{FrameSource, FrameStart};

use super::Subscription;
use crate::gap_reason::GapReason;
use crate::name::{TopicName, TopicTemplate};
use crate::position::{Epoch, Position};
use crate::reader::Received;
use crate::topics::Topics;

const TICKS: TopicName<u32> = TopicName::new("ticks");
const USER: TopicTemplate<String> = TopicTemplate::new("user/{id}");

fn beginning(sequence: u64) -> Position {
    Position { epoch: Epoch::random(), sequence }
}

#[tokio::test]
async fn a_subscriber_waits_while_a_generation_begins_and_gets_a_gap_then() {
    let topics = Topics::default();
    let (ticks, hub) = (topics.topic(TICKS), &topics.node().hub);
    let mut events = ticks.subscribe().events();
    ticks.publish(&1).await.unwrap();
    assert!(matches!(events.next().await, Some(Received::Event { data: 1, .. })));

    let begun = beginning(5);
    assert!(hub.fill_from(begun));
    // The rings are in the new generation, but the hub is not open yet.
    assert!(events.next().now_or_never().is_none());
    hub.open();
    let Some(Received::Gap(gap)) = events.next().await else { panic!("expected a gap") };
    assert_eq!(gap.reason, GapReason::Epoch);
    ticks.publish(&2).await.unwrap();
    let Some(Received::Event { position, data, .. }) = events.next().await else { panic!() };
    assert_eq!((position, data), (Position { sequence: 6, ..begun }, 2));
}

#[tokio::test]
async fn a_subscriber_gets_a_gap_if_a_generation_begins_before_its_first_poll() {
    let topics = Topics::default();
    let ticks = topics.topic(TICKS);
    let mut subscription = Subscription::to(&ticks);
    subscription.open(FrameStart::default());
    topics.node().hub.start(beginning(5));
    ticks.publish(&6).await.unwrap();
    let mut frame = || {
        let frame = poll_fn(|cx| subscription.poll_frame(cx)).now_or_never();
        String::from_utf8(frame.unwrap().unwrap().bytes.to_vec()).unwrap()
    };
    let gap = frame();
    assert!(gap.starts_with("event: gap\n") && gap.contains(r#""reason":"epoch""#), "{gap}");
    assert!(frame().ends_with(" 6\n\n"));
}

#[tokio::test]
async fn the_limit_over_all_topics_holds_in_another_generation() {
    const TOTAL: usize = 100_000;
    let topics = Topics::new(|options| options.total_bytes = TOTAL);
    let publish = async |users: std::ops::Range<u32>| {
        for user in users {
            topics.topic(USER.with([user])).publish(&"x".repeat(1_000)).await.unwrap();
        }
    };
    publish(0..20).await;
    let subscribe = |user: u32| topics.topic(USER.with([user])).subscribe().events();
    let _kept: Vec<_> = (0..20).map(subscribe).collect();
    topics.node().hub.start(beginning(0));
    // In the new generation, the first sequences belong to other topics.
    publish(100..120).await;
    for _ in 0..50 {
        publish(0..20).await;
    }
    assert!(topics.bytes() <= TOTAL, "{} bytes", topics.bytes());
}
