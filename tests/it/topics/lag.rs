//! The policies for clients that fall behind.

use hyperpoint::{OnLag, TopicLimits};

use super::topic_host::{Room, read};

fn room(policy: OnLag) -> Room {
    let limits = TopicLimits { events: 4, ..TopicLimits::DEFAULT };
    Room::with(move |options| options.limits = limits, move |stream| stream.on_lag(policy))
}

#[tokio::test(start_paused = true)]
async fn a_lagging_client_gets_a_gap_and_resumes_at_the_oldest_kept_event() {
    let room = room(OnLag::Gap);
    let (mut events, _) = room.open(None, "ready").await;
    room.publish(1..=2).await;
    let id = read(&mut events, 1..=2).await;
    room.publish(3..=9).await;
    let gap = events.next().await.unwrap();
    let from = gap.id.unwrap();
    let expected = format!(r#"{{"reason":"lagged","requested":"{id}","from":"{from}"}}"#);
    assert_eq!((&*gap.name, gap.data), ("gap", expected));
    read(&mut events, 6..=9).await;
    events.reconnect().await.unwrap();
    assert_eq!(events.next().await.unwrap().name, "ready");
    let (mut events, _) = room.open(Some(&from), "ready").await;
    read(&mut events, 6..=9).await;
}

#[tokio::test(start_paused = true)]
async fn a_lagging_client_may_be_asked_to_reconnect() {
    let room = room(OnLag::Resume);
    let (mut events, _) = room.open(None, "ready").await;
    room.publish(1..=9).await;
    let last = events.next().await.unwrap();
    assert_eq!((&*last.name, last.id), ("reconnect", None));
    events.ended().await.unwrap();
    events.reconnect().await.unwrap();
    assert_eq!(events.next().await.unwrap().name, "gap");
    read(&mut events, 6..=9).await;
}

#[tokio::test(start_paused = true)]
async fn a_lagging_client_may_skip_to_the_newest_event() {
    let room = room(OnLag::Latest);
    let (mut events, ready) = room.open(None, "ready").await;
    room.publish(1..=9).await;
    read(&mut events, [9]).await;
    room.publish([10]).await;
    read(&mut events, [10]).await;
    let (mut events, _) = room.open(ready.id.as_deref(), "ready").await;
    read(&mut events, [10]).await;
}

#[tokio::test(start_paused = true)]
async fn a_conflating_client_gets_the_newest_event_of_each_key() {
    let room = room(OnLag::Conflate);
    let (mut events, ready) = room.open(None, "ready").await;
    let publish = async |number: u32, key: &str| {
        room.topic.publish(&number).key(key).await.unwrap();
    };
    publish(1, "a").await;
    read(&mut events, [1]).await;
    for number in 2..=20 {
        publish(number, if number % 2 == 0 { "a" } else { "b" }).await;
    }
    read(&mut events, [19, 20]).await;
    let (mut whole, _) = room.open(ready.id.as_deref(), "ready").await;
    read(&mut whole, [19, 20]).await;
    // No event of key `b` is left that a client after 18 has not received.
    for number in 21..=30 {
        publish(number, "a").await;
    }
    room.open(ready.id.as_deref(), "gap").await;
    read(&mut events, [30]).await;
}
