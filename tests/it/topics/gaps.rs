//! The `gap` event for clients that cannot receive every event: contract line 30.

use std::time::Duration;

use futures_util::StreamExt;
use hyperpoint::prelude::*;
use hyperpoint::topics::{Position, Received};
use hyperpoint::{TopicLimits, TopicTemplate};
use hyperpoint_testing::Event;
use serde_json::{Value, json};

use super::topic_host::{Room, read};

/// Checks that an event reports this gap with a `retry`, and that the stream resumes at its id.
#[track_caller]
fn check(gap: &Event, reason: &str, requested: &str) {
    let id = gap.id.as_deref().unwrap();
    let expected = json!({ "reason": reason, "requested": requested, "from": id });
    assert_eq!(serde_json::from_str::<Value>(&gap.data).unwrap(), expected);
}

#[tokio::test(start_paused = true)]
async fn line_30_an_id_of_another_epoch_is_a_gap_and_the_kept_events_follow() {
    let room = Room::new();
    room.publish(1..=3).await;
    let foreign = "0000000A-000000000002";
    let (mut events, gap) = room.open(Some(foreign), "gap").await;
    check(&gap, "epoch", foreign);
    assert!(events.retry_after().is_some());
    read(&mut events, 1..=3).await;
}

#[tokio::test(start_paused = true)]
async fn line_30_an_evicted_id_is_a_gap_and_the_remaining_events_follow() {
    let limits = TopicLimits { events: 4, ..TopicLimits::DEFAULT };
    let room = Room::with(|options| options.limits = limits, |stream| stream);
    let (mut events, ready) = room.open(None, "ready").await;
    room.publish(1..=1).await;
    let first = read(&mut events, [1]).await;
    room.publish(2..=5).await;
    let (mut whole, _) = room.open(Some(&first), "ready").await;
    read(&mut whole, 2..=5).await;
    let before = ready.id.unwrap();
    let (mut events, gap) = room.open(Some(&before), "gap").await;
    check(&gap, "evicted", &before);
    assert_eq!(
        gap.id.as_deref(),
        Some(&*first),
        "from the position after which every event is kept"
    );
    read(&mut events, 2..=5).await;
}

#[tokio::test(start_paused = true)]
async fn line_30_a_malformed_id_is_a_gap() {
    let room = Room::new();
    room.publish(1..=2).await;
    let (mut events, _) = room.open(None, "ready").await;
    room.publish([3]).await;
    let last = read(&mut events, [3]).await;
    let ahead = format!("{}-00000000000G", &last[..8]);
    for id in ["7", "é豆", "\"\\", &last[1..], &last.to_lowercase(), &ahead] {
        let (mut events, gap) = room.open(Some(id), "gap").await;
        check(&gap, "unknown", id);
        read(&mut events, 1..=3).await;
    }
}

#[tokio::test(start_paused = true)]
async fn events_are_kept_up_to_the_maximum_age() {
    let room = Room::new();
    let (_events, ready) = room.open(None, "ready").await;
    let id = ready.id.unwrap();
    room.publish(1..=2).await;
    tokio::time::sleep(Duration::from_secs(61)).await;
    room.publish([3]).await;
    let (mut events, _) = room.open(Some(&id), "gap").await;
    read(&mut events, [3]).await;
}

#[tokio::test(start_paused = true)]
async fn losses_of_a_freed_topic_are_reported_as_a_gap() {
    let room = Room::new();
    let (events, ready) = room.open(None, "ready").await;
    let id = ready.id.unwrap();
    room.publish([1]).await;
    events.disconnect();
    assert_eq!(room.topics.count(), 1);
    tokio::time::sleep(Duration::from_secs(61)).await;
    let (events, _) = room.open(Some(&id), "gap").await;
    events.disconnect();
    assert_eq!(room.topics.count(), 0);
    assert!(room.topics.bytes() < 100, "only that it had events: {}", room.topics.bytes());
    let (mut events, gap) = room.open(Some(&id), "gap").await;
    check(&gap, "evicted", &id);
    room.publish([2]).await;
    let id = read(&mut events, [2]).await;
    events.disconnect();
    room.open(Some(&id), "ready").await;
}

#[tokio::test(start_paused = true)]
async fn a_topic_per_user_gives_no_gap_to_users_who_lost_nothing() {
    const USERS: u32 = 100;
    const USER: TopicTemplate<u32> = TopicTemplate::new("user/{id}");

    let topics = Topics::default();
    let of = |user: u32| topics.topic(USER.with([user]));
    let mut positions: Vec<Option<Position>> = vec![None; 100];
    let mut resumes = 0;
    for round in 0..20_u32 {
        for user in (0..USERS).filter(|user| (user + round) % 3 > 0) {
            let topic = of(user);
            let place = usize::try_from(user).unwrap();
            let subscription = topic.subscribe();
            let mut events = match positions[place] {
                Some(position) => subscription.after(position).events(),
                None => subscription.events(),
            };
            resumes += u32::from(positions[place].is_some());
            topic.publish(&round).await.unwrap();
            let received = events.next().await.unwrap();
            assert!(matches!(received, Received::Event { data, .. } if data == round), "{user}");
            positions[place] = events.position();
        }
        // Longer than events are kept: the topics of users who are away are freed.
        tokio::time::advance(Duration::from_secs(61)).await;
    }
    assert!(resumes > 1_000);
    // An event that a user missed is told.
    of(0).publish(&99).await.unwrap();
    tokio::time::advance(Duration::from_secs(61)).await;
    for user in 1..USERS {
        of(user).publish(&99).await.unwrap();
    }
    let mut events = of(0).subscribe().after(positions[0].unwrap()).events();
    assert!(matches!(events.next().await, Some(Received::Gap(_))));
}
