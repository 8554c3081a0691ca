//! Contract lines 14 and 29, one client at a time: where a stream begins, and how it resumes.

use std::time::Duration;

use http::Request;
use hyperpoint::prelude::*;

use super::topic_host::{ROOM, Room, read};
use crate::wire::memory::Memory;
use crate::wire::scripted;

#[tokio::test(start_paused = true)]
async fn line_14_a_stream_begins_with_ready_and_the_id_to_resume_from() {
    let topics = Topics::default();
    let topic = topics.topic(ROOM);
    let streamed = topic.clone();
    let host = scripted::<u32>(move |cx| {
        let topic = streamed.clone();
        let retry = Duration::from_secs(4);
        Box::pin(async move { cx.send.topic_async(&topic).retry(retry).await })
    });
    let app = host.build().unwrap();
    let first = topic.publish(&1).await.unwrap().id();
    let request = || Request::get("/s").body(String::new()).unwrap();
    let mut memory = Memory::ask(&app, request()).await;
    let expected = format!("event: ready\nid: {first}\nretry: 4000\ndata: {{}}\n\n");
    assert_eq!(memory.frame().await.unwrap(), expected);
    assert!(memory.poll().is_pending());
    let second = topic.publish(&2).await.unwrap().id();
    assert_eq!(memory.frame().await.unwrap(), format!("id: {second}\ndata: 2\n\n"));
    assert!(memory.poll().is_pending());

    let mut again = request();
    again.headers_mut().insert("last-event-id", first.as_str().parse().unwrap());
    let mut memory = Memory::ask(&app, again).await;
    assert_eq!(memory.frame().await.unwrap(), expected);
    assert_eq!(memory.frame().await.unwrap(), format!("id: {second}\ndata: 2\n\n"));
}

#[tokio::test(start_paused = true)]
async fn an_event_that_is_published_after_the_head_of_the_response_is_sent() {
    let topics = Topics::default();
    let topic = topics.topic(ROOM);
    let streamed = topic.clone();
    let host = scripted::<u32>(move |cx| {
        let topic = streamed.clone();
        Box::pin(async move { cx.send.topic_async(&topic).await })
    });
    let app = host.build().unwrap();
    let mut ids = Vec::new();
    for number in 1..=3 {
        // The head is there, and no frame has been polled.
        let request = Request::get("/s").body(String::new()).unwrap();
        let mut memory = Memory::ask(&app, request).await;
        ids.push(topic.publish(&number).await.unwrap().id());
        let ready = memory.frame().await.unwrap();
        let at = ids.iter().nth_back(1);
        assert!(at.is_none_or(|at| ready.contains(at.as_str())), "{ready}");
        let [.., id] = &ids[..] else { unreachable!() };
        assert_eq!(memory.frame().await.unwrap(), format!("id: {id}\ndata: {number}\n\n"));
    }
}

#[tokio::test(start_paused = true)]
async fn recent_events_do_not_take_the_place_of_those_published_after_the_head() {
    let topics = Topics::default();
    let topic = topics.topic(ROOM);
    let streamed = topic.clone();
    let host = scripted::<u32>(move |cx| {
        let topic = streamed.clone();
        Box::pin(async move { cx.send.topic_async(&topic).history(1).await })
    });
    let app = host.build().unwrap();
    topic.publish(&1).await.unwrap();
    let request = Request::get("/s").body(String::new()).unwrap();
    let mut memory = Memory::ask(&app, request).await;
    for number in 2..=4 {
        topic.publish(&number).await.unwrap();
    }
    assert!(memory.frame().await.unwrap().contains("event: ready"));
    let events = memory.frame().await.unwrap();
    let has = |number: u32| events.contains(&format!("data: {number}\n"));
    assert!((2..=4).all(has), "{events}");
}

#[tokio::test(start_paused = true)]
async fn a_client_that_disconnects_before_the_first_event_misses_none() {
    let room = Room::new();
    let (mut events, _) = room.open(None, "ready").await;
    room.publish(1..=3).await;
    events.reconnect().await.unwrap();
    assert_eq!(events.next().await.unwrap().name, "ready");
    read(&mut events, 1..=3).await;
}

#[tokio::test(start_paused = true)]
async fn a_run_of_events_is_one_frame_shared_by_all_subscribers() {
    let room = Room::new();
    let (mut events, _) = room.open(None, "ready").await;
    for burst in [0..2, 2..3, 3..500, 500..501] {
        room.publish(burst.clone()).await;
        let id = read(&mut events, burst.clone()).await;
        let (mut other, ready) = room.open(Some(&id), "ready").await;
        assert_eq!(ready.id.as_deref(), Some(&*id));
        room.publish([7000]).await;
        read(&mut other, [7000]).await;
        read(&mut events, [7000]).await;
    }
}

#[tokio::test(start_paused = true)]
async fn a_new_subscription_may_begin_with_the_kept_events() {
    let room = Room::with(|_| {}, |stream| stream.history(3));
    room.publish(1..=2).await;
    let (mut events, _) = room.open(None, "ready").await;
    read(&mut events, 1..=2).await;
    room.publish(3..=100).await;
    let (mut events, ready) = room.open(None, "ready").await;
    assert!(ready.id.unwrap().ends_with('1'), "after the 97th: 3 * 32 + 1");
    read(&mut events, 98..=100).await;
}

#[tokio::test(start_paused = true)]
async fn a_filter_sees_keys_names_and_data() {
    let room = Room::with(
        |_| {},
        |stream| {
            stream.filter(|event| {
                event.key() == Some("even")
                    && event.name() == "message"
                    && event.json() != Some(4)
                    && event.text() != "6"
            })
        },
    );
    let (mut events, _) = room.open(None, "ready").await;
    for number in 0..100 {
        let key = if number % 2 == 0 { "even" } else { "odd" };
        room.topic.publish(&number).key(key).await.unwrap();
        if number == 9 {
            read(&mut events, [0, 2, 8]).await;
        }
    }
    read(&mut events, (10..100).step_by(2)).await;
}
