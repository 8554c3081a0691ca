//! Publishing: from endpoints, with idempotency keys, and within the limits.

use std::time::Duration;

use futures_util::StreamExt;
use hyperpoint::prelude::*;
use hyperpoint::sse::ReservedEventName;
use hyperpoint::{PublishError, TopicLimits};
use hyperpoint_testing::Client;

use super::topic_host::{Room, read};

const MIXED: TopicName<StreamItem> = TopicName::new("mixed");

/// Publishes the request body on the default topics of the host.
#[derive(Endpoint)]
#[endpoint(by_hand)]
struct Say {
    topics: Arc<Topics>,
}

impl Endpoint for Say {
    type Request = String;
    type Response = ();

    fn configure(config: &mut Config) {
        config.post("/say");
        config.allow_anonymous();
    }

    async fn handle(&self, text: String, cx: Cx<'_, Self>) -> Result {
        let topic = self.topics.topic(MIXED);
        topic.publish_named("said", &text).await?;
        topic.publish_item(&StreamItem::text("a\nb").id(7_u32)).await?;
        cx.send.no_content_async().await
    }
}

/// Streams the topic.
#[derive(Endpoint)]
#[endpoint(by_hand)]
struct Hear {
    topics: Arc<Topics>,
}

impl Endpoint for Hear {
    type Request = ();
    type Response = Events;

    fn configure(config: &mut Config) {
        config.get("/hear");
        config.allow_anonymous();
    }

    async fn handle(&self, (): (), cx: Cx<'_, Self>) -> Result {
        cx.send.topic_async(&self.topics.topic(MIXED)).await
    }
}

#[tokio::test]
async fn one_endpoint_publishes_and_another_streams() {
    let host = Host::empty().endpoint::<Say>().endpoint::<Hear>().bind("127.0.0.1:0");
    let host = host.start().await.unwrap();
    for client in [Client::http1(host.address()), Client::http2(host.address())] {
        let mut events = client.events("/hear").await.unwrap();
        assert_eq!(events.next().await.unwrap().name, "ready");
        let say = client.events("/say").method(http::Method::POST);
        let said = say.header("content-type", "application/json").body("\"hello\"");
        assert_eq!(said.await.unwrap().status(), 204);
        let (one, two) = (events.next().await.unwrap(), events.next().await.unwrap());
        assert_eq!((&*one.name, &*one.data), ("said", "\"hello\""));
        assert_eq!((&*two.name, &*two.data), ("message", "a\nb"));
        assert!(one.id < two.id);
    }
}

#[tokio::test(start_paused = true)]
async fn a_repeated_publication_with_the_same_key_is_one_event() {
    let room = Room::new();
    let (mut events, _) = room.open(None, "ready").await;
    let publish = async |number: u32| {
        let published = room.topic.publish(&number).once(format!("order {}", number % 2));
        published.await.unwrap()
    };
    let first = publish(1).await;
    assert!(!first.is_duplicate());
    assert!(!publish(2).await.is_duplicate());
    let again = publish(3).await;
    assert!(again.is_duplicate());
    assert_eq!(again.id(), first.id());
    let other = room.topics.topic(TopicName::<u32>::new("other"));
    assert!(!other.publish(&1).once("order 1").await.unwrap().is_duplicate());
    read(&mut events, [1, 2]).await;
    tokio::time::sleep(Duration::from_secs(121)).await;
    assert!(!publish(5).await.is_duplicate());
    read(&mut events, [5]).await;
}

#[tokio::test(start_paused = true)]
async fn an_invalid_event_is_an_error_and_publishes_nothing() {
    let topics = Topics::new(|options| options.max_event_bytes = 60);
    let topic = topics.topic(MIXED);
    let is_error = |error: PublishError| std::error::Error::source(&error).map(ToString::to_string);
    let error = topic.publish_named("open", &1).await.unwrap_err();
    let expected = ReservedEventName::EventSource { name: "open" }.to_string();
    assert_eq!(is_error(error), Some(expected));
    let error = topic.publish_named("a", &"x".repeat(60)).await.unwrap_err();
    assert!(error.is_too_large());
    let unkeyed = std::collections::HashMap::from([([1], 2)]);
    assert!(!topic.publish_named("a", &unkeyed).await.unwrap_err().is_too_large());
    topic.publish_item(&StreamItem::comment("a")).await.unwrap_err();
    assert_eq!(topic.publish_named("a", &1).await.unwrap().position().sequence, 1);
}

#[tokio::test(start_paused = true)]
async fn the_total_size_of_all_topics_is_limited_and_the_oldest_events_are_evicted_first() {
    let limits = TopicLimits { bytes: usize::MAX, ..TopicLimits::DEFAULT };
    let bounds = move |options: &mut hyperpoint::TopicsOptions| {
        (options.limits, options.total_bytes) = (limits, 1_000_000);
    };
    let room = Room::with(bounds, |stream| stream);
    let id = room.topic.publish(&1).await.unwrap().id();
    let other = room.topics.topic(TopicName::<String>::new("other"));
    for _ in 0..2000 {
        other.publish(&"x".repeat(1000)).await.unwrap();
        assert!(room.topics.bytes() <= 1_000_000, "{}", room.topics.bytes());
    }
    assert!(room.topics.bytes() > 900_000);
    room.publish([2]).await;
    let (mut events, _) = room.open(Some(id.as_str()), "ready").await;
    read(&mut events, [2]).await;
    room.open(Some(&format!("{}-000000000000", &id.as_str()[..8])), "gap").await;
}

#[tokio::test(start_paused = true)]
async fn unused_topics_are_freed() {
    let room = Room::new();
    for number in 0..1000 {
        room.topics
            .topic(TopicTemplate::<u32>::new("{id}").with([number]))
            .publish(&1)
            .await
            .unwrap();
    }
    assert_eq!(room.topics.count(), 1000);
    tokio::time::sleep(Duration::from_secs(61)).await;
    room.publish(0..1000).await;
    assert_eq!(room.topics.count(), 1);
    for _ in 0..1000 {
        room.open(None, "ready").await;
    }
    assert_eq!((room.topics.count(), room.topic.subscribers()), (1, 0));
}

#[tokio::test]
async fn events_that_are_read_in_runs_are_counted_once() {
    const RUNS: TopicName<String> =
        TopicName::new("runs").limits(TopicLimits { bytes: 64 * 1024, ..TopicLimits::DEFAULT });
    let topics = Topics::default();
    let runs = topics.topic(RUNS);
    let mut events = runs.subscribe().events();
    for _ in 0..500 {
        for _ in 0..3 {
            runs.publish(&"x".repeat(1_000)).await.unwrap();
        }
        for _ in 0..3 {
            events.next().await.unwrap();
        }
    }
    assert!(topics.bytes() < 80_000, "{}", topics.bytes());
}
