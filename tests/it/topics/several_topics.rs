//! Several topics on one stream, and topics of one kind.

use hyperpoint::prelude::*;
use hyperpoint::{TopicLimits, TopicSet};
use hyperpoint_testing::Client;

use crate::wire::scripted;

const NEWS: TopicName<String> = TopicName::new("news").event("news");
const SCORES: TopicName<u32> = TopicName::new("scores").event("score");
const ROOM: TopicTemplate<u32> = TopicTemplate::new("room/{id}");

#[tokio::test(start_paused = true)]
async fn events_of_several_topics_arrive_in_the_order_of_the_log() {
    let topics = Topics::default();
    let (news, scores) = (topics.topic(NEWS), topics.topic(SCORES));
    let both = news.and(&scores);
    let host = scripted::<StreamItem>(move |cx| {
        let both = both.clone();
        Box::pin(async move { cx.send.topic_async(&both).await })
    });
    let mut events = Client::new(host.build().unwrap()).events("/s").await.unwrap();
    assert_eq!(events.next().await.unwrap().name, "ready");
    for round in 0..50 {
        for number in 0..round {
            match (number * round) % 3 {
                0 => news.publish(&number.to_string()).await.unwrap(),
                _ => scores.publish(&number).await.unwrap(),
            };
        }
        if round % 7 == 0 {
            events.reconnect().await.unwrap();
            assert_eq!(events.next().await.unwrap().name, "ready");
        }
        for number in 0..round {
            let event = events.next().await.unwrap();
            let expected = match (number * round) % 3 {
                0 => ("news", format!("\"{number}\"")),
                _ => ("score", number.to_string()),
            };
            assert_eq!((&*event.name, event.data), expected);
        }
    }
}

#[tokio::test(start_paused = true)]
async fn topics_of_one_kind_are_separate_and_may_be_read_together() {
    let topics = Topics::default();
    let rooms: Vec<_> = (0..3).map(|id| topics.topic(ROOM.with([id]))).collect();
    let set = TopicSet::of(&rooms[..2]);
    let host = scripted::<u32>(move |cx| {
        let set = set.clone();
        Box::pin(async move { cx.send.topic_async(&set).await })
    });
    let mut events = Client::new(host.build().unwrap()).events("/s").await.unwrap();
    assert_eq!(events.next().await.unwrap().name, "ready");
    assert_eq!(rooms.iter().map(Topic::subscribers).collect::<Vec<_>>(), [1, 1, 0]);
    for (number, room) in (0..9).zip(rooms.iter().cycle()) {
        room.publish(&number).await.unwrap();
    }
    for expected in [0, 1, 3, 4, 6, 7] {
        assert_eq!(events.next().await.unwrap().data, expected.to_string());
    }
}

#[tokio::test(start_paused = true)]
async fn a_gap_of_one_of_several_topics_hides_no_event_of_another_and_is_sent_until_it_is_passed() {
    let limits = TopicLimits { events: 2, ..TopicLimits::DEFAULT };
    let topics = Topics::default();
    let (news, scores) = (topics.topic(NEWS.limits(limits)), topics.topic(SCORES));
    let before = scores.publish(&0).await.unwrap();
    for number in 0..2 {
        scores.publish(&number).await.unwrap();
        for number in 0..3 {
            news.publish(&number.to_string()).await.unwrap();
        }
    }
    let both = news.and(&scores);
    let host = scripted::<StreamItem>(move |cx| {
        let both = both.clone();
        Box::pin(async move { cx.send.topic_async(&both).await })
    });
    let app = host.build().unwrap();
    // After none of the events that follow the gap, after each of them, and after the lost events.
    for (read, first) in [(0, "gap"), (1, "gap"), (2, "gap"), (3, "ready"), (4, "ready")] {
        let client = Client::new(app.clone());
        let mut events = client.events("/s").last_event_id(before.id().as_ref()).await.unwrap();
        let gap = events.next().await.unwrap();
        let from = format!(r#""from":"{}""#, before.id());
        assert!(gap.name == "gap" && gap.data.contains(&from), "{gap:?}");
        let kept = ["0", "1", "\"1\"", "\"2\""];
        for data in &kept[..read] {
            assert_eq!(events.next().await.unwrap().data, *data);
        }
        events.reconnect().await.unwrap();
        assert_eq!(events.next().await.unwrap().name, first, "after {read} events");
        for data in &kept[read..] {
            assert_eq!(events.next().await.unwrap().data, *data);
        }
    }
}
