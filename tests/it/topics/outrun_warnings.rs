//! The warning that a topic keeps too few events for its bursts.

use std::time::Duration;

use hyperpoint::{OnLag, TopicLimits, TopicsOptions};

use super::topic_host::{Room, read};
use crate::telemetry::captured::Captured;

const WARNING: &str = "before a subscriber that keeps up could read them";

/// Creates a host whose topic keeps four events, and captures its log.
fn room(policy: OnLag) -> (Room, Captured) {
    let limits = TopicLimits { events: 4, ..TopicLimits::DEFAULT };
    let captured = Captured::new();
    let room = Room::with(move |options| options.limits = limits, move |s| s.on_lag(policy));
    (room, captured)
}

#[tokio::test(start_paused = true)]
async fn a_burst_that_outruns_a_prompt_subscriber_is_logged_once_a_minute() {
    let (room, captured) = room(OnLag::Gap);
    let (mut events, _) = room.open(None, "ready").await;
    room.publish(1..=3).await;
    read(&mut events, 1..=3).await;
    tokio::time::sleep(Duration::from_secs(10)).await;
    for _ in 0..2 {
        room.publish(1..=9).await;
        assert_eq!(events.next().await.unwrap().name, "gap");
        read(&mut events, 6..=9).await;
        let lines = captured.lines_with(WARNING);
        assert_eq!(lines.len(), 1, "{lines:?}");
        assert!(lines[0].contains("WARN"), "{lines:?}");
        assert!(lines[0].contains("up to 5 events of topic `room`"), "{lines:?}");
        assert!(lines[0].contains("raise `TopicLimits::events` (now 4)"), "{lines:?}");
    }
    tokio::time::sleep(Duration::from_secs(61)).await;
    room.publish(1..=9).await;
    assert_eq!(events.next().await.unwrap().name, "gap");
    assert_eq!(captured.lines_with(WARNING).len(), 2);
}

#[tokio::test(start_paused = true)]
async fn a_resuming_subscriber_can_be_outrun() {
    let (room, captured) = room(OnLag::Resume);
    let (mut events, _) = room.open(None, "ready").await;
    room.publish(1..=9).await;
    assert_eq!(events.next().await.unwrap().name, "reconnect");
    assert_eq!(captured.lines_with(WARNING).len(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_slow_subscriber_causes_no_warning() {
    let (room, captured) = room(OnLag::Gap);
    let (mut events, ready) = room.open(None, "ready").await;
    room.publish([1]).await;
    tokio::time::sleep(Duration::from_secs(10)).await;
    room.publish(2..=9).await;
    assert_eq!(events.next().await.unwrap().name, "gap");
    // Nor does a subscriber that reconnects too late.
    room.open(ready.id.as_deref(), "gap").await;
    assert_eq!(captured.lines_with(WARNING), [""; 0]);
}

/// Lets a burst outrun a subscriber, and checks that the warning names this limit.
async fn check(limit: &str, pause: Duration, change: impl FnOnce(&mut TopicsOptions)) {
    let captured = Captured::new();
    let room = Room::with(change, |stream| stream);
    let (mut events, _) = room.open(None, "ready").await;
    room.publish(1..=20).await;
    tokio::time::sleep(pause).await;
    room.publish([21]).await;
    assert_eq!(events.next().await.unwrap().name, "gap");
    let lines = captured.lines_with(WARNING);
    assert!(lines.len() == 1 && lines[0].contains(&format!("raise {limit}")), "{lines:?}");
}

#[tokio::test(start_paused = true)]
async fn the_warning_names_the_limit_to_raise() {
    let limits = TopicLimits { bytes: 1000, ..TopicLimits::DEFAULT };
    check("`TopicLimits::bytes` (now 1000)", Duration::ZERO, |all| all.limits = limits).await;
    let limits = TopicLimits { age: Duration::from_millis(500), ..TopicLimits::DEFAULT };
    check("`TopicLimits::age` (now 500ms)", Duration::from_secs(1), |all| all.limits = limits)
        .await;
    let total = "`TopicsOptions::total_bytes` (now 1000)";
    check(total, Duration::ZERO, |all| all.total_bytes = 1000).await;
}
