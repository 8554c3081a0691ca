//! Subscriptions without an endpoint: read inside the process, and sent by a server that is not
//! Hyperpoint's.

use std::time::Duration;

use futures_util::{FutureExt, StreamExt};
use http::{Request, Response, request};
use http_body_util::BodyExt;
use hyperpoint::prelude::*;
use hyperpoint::sse::stream::StreamScope;
use hyperpoint::topics::{Position, Received, TopicBody, TopicEvents};
use hyperpoint::{GapReason, OnLag, Stopping, StreamOptions, TopicLimits, TopicSet};

const NUMBERS: TopicName<u32> = TopicName::new("numbers");
const WORDS: TopicName<String> = TopicName::new("words");
/// The two newest events are kept.
const FEW: TopicName<u32> =
    TopicName::new("few").limits(TopicLimits { events: 2, ..TopicLimits::DEFAULT });

async fn publish(topics: &Topics, name: TopicName<u32>, numbers: impl IntoIterator<Item = u32>) {
    for number in numbers {
        topics.topic(name.clone()).publish(&number).await.unwrap();
    }
}

/// Returns the items that are ready.
fn ready<T>(events: &mut TopicEvents<T>) -> Vec<Received<T>> {
    std::iter::from_fn(|| events.next().now_or_never().flatten()).collect()
}

/// Returns the data of the items, which are events.
fn data<T>(received: Vec<Received<T>>) -> Vec<T> {
    let data = received.into_iter().map(|item| match item {
        Received::Event { data, .. } => Some(data),
        _ => None,
    });
    data.collect::<Option<_>>().unwrap()
}

fn head(last_event_id: Option<&str>) -> request::Parts {
    let mut request = Request::get("/");
    if let Some(id) = last_event_id {
        request = request.header("last-event-id", id);
    }
    request.body(()).unwrap().into_parts().0
}

/// Returns the next frame of a body as text, or `None` at its end.
async fn frame(response: &mut Response<TopicBody>) -> Option<String> {
    let frame = response.body_mut().frame().await?.unwrap();
    Some(String::from_utf8(frame.into_data().unwrap().to_vec()).unwrap())
}

fn id_of(frame: &str) -> &str {
    frame.lines().find_map(|line| line.strip_prefix("id: ")).unwrap()
}

#[tokio::test]
async fn a_process_reads_the_events_published_since_it_subscribed() {
    let topics = Topics::default();
    publish(&topics, NUMBERS, [1]).await;
    let mut events = topics.topic(NUMBERS).subscribe().events();
    assert_eq!(ready(&mut events), []);
    publish(&topics, NUMBERS, [2, 3]).await;
    let received = ready(&mut events);
    let Some(Received::Event { position, name, data: 3 }) = received.last() else {
        panic!("{received:?}");
    };
    assert_eq!((position.sequence, name.as_str()), (3, "message"));
    assert_eq!(events.position(), Some(*position));
    assert_eq!(data(received), [2, 3]);
    assert_eq!(topics.topic(NUMBERS).subscribers(), 1);
    drop(events);
    assert_eq!(topics.topic(NUMBERS).subscribers(), 0);
}

#[tokio::test]
async fn a_process_waits_for_the_next_event() {
    let topics = Topics::default();
    let mut events = topics.topic(NUMBERS).subscribe().events();
    let waits = tokio::spawn(async move { events.next().await });
    tokio::task::yield_now().await;
    publish(&topics, NUMBERS, [7]).await;
    let Some(Received::Event { data, .. }) = waits.await.unwrap() else { panic!("an event") };
    assert_eq!(data, 7);
}

#[tokio::test]
async fn a_process_starts_with_history_or_after_a_position() {
    let topics = Topics::default();
    publish(&topics, NUMBERS, 1..=5).await;
    let numbers = topics.topic(NUMBERS);
    assert_eq!(data(ready(&mut numbers.subscribe().history(2).events())), [4, 5]);
    let mut all = numbers.subscribe().history(9).events();
    let Received::Event { position, .. } = &ready(&mut all)[2] else { panic!("an event") };
    assert_eq!(data(ready(&mut numbers.subscribe().after(*position).events())), [4, 5]);
    let even = numbers.subscribe().filter(|event| event.json::<u32>().unwrap() % 2 == 0);
    assert_eq!(data(ready(&mut even.history(9).events())), [2, 4]);
}

#[tokio::test]
async fn a_gap_of_one_of_several_topics_is_not_reported_again_after_it() {
    let topics = Topics::default();
    let both = TopicSet::of(&[topics.topic(NUMBERS), topics.topic(FEW)]);
    let mut events = both.subscribe().events();
    publish(&topics, FEW, 1..=5).await;
    let mut received = ready(&mut events);
    let Received::Gap(gap) = received.remove(0) else { panic!("a gap: {received:?}") };
    assert_eq!(data(received), [4, 5]);
    let from = Position::parse(gap.from.as_str()).unwrap();
    assert_eq!(data(ready(&mut both.subscribe().after(from).events())), [4, 5]);
}

#[tokio::test]
async fn a_process_is_told_of_a_gap_and_goes_on() {
    let topics = Topics::default();
    let mut events = topics.topic(FEW).subscribe().events();
    publish(&topics, FEW, [1]).await;
    assert_eq!(data(ready(&mut events)), [1]);
    publish(&topics, FEW, 2..=6).await;
    let mut received = ready(&mut events);
    let Received::Gap(gap) = received.remove(0) else { panic!("a gap: {received:?}") };
    assert_eq!(gap.reason, GapReason::Lagged);
    assert_eq!(Position::parse(gap.from.as_str()).unwrap().sequence, 4);
    assert_eq!(data(received), [5, 6]);
    let unknown = Position { sequence: 99, ..events.position().unwrap() };
    let mut received = ready(&mut topics.topic(FEW).subscribe().after(unknown).events());
    let Received::Gap(gap) = received.remove(0) else { panic!("a gap: {received:?}") };
    assert_eq!(gap.reason, GapReason::Unknown);
    assert_eq!(data(received), [5, 6], "the events that are kept");
}

#[tokio::test]
async fn a_process_that_resumes_by_itself_is_told_of_what_is_evicted() {
    let topics = Topics::default();
    let mut events = topics.topic(FEW).subscribe().on_lag(OnLag::Resume).events();
    publish(&topics, FEW, [1]).await;
    assert_eq!(data(ready(&mut events)), [1]);
    publish(&topics, FEW, 2..=6).await;
    let mut received = ready(&mut events);
    let Received::Gap(gap) = received.remove(0) else { panic!("a gap: {received:?}") };
    assert_eq!(gap.reason, GapReason::Evicted);
    assert_eq!(data(received), [5, 6]);
}

#[tokio::test]
async fn an_event_that_no_longer_decodes_is_returned_as_text() {
    let topics = Topics::default();
    topics.topic(WORDS).publish_named("old", &["seven"]).await.unwrap();
    topics.topic(WORDS).publish(&"eight".to_owned()).await.unwrap();
    let received = ready(&mut topics.topic(WORDS).subscribe().history(2).events());
    let [Received::Undecoded { position, name, text, error }, Received::Event { data, .. }] =
        &received[..]
    else {
        panic!("{received:?}");
    };
    assert_eq!((position.sequence, name.as_str(), text.as_str()), (1, "old", r#"["seven"]"#));
    assert!(error.contains("expected a string"), "{error}");
    assert_eq!(data, "eight");
}

#[tokio::test]
async fn several_topics_are_read_in_the_order_of_publication() {
    let topics = Topics::default();
    let (numbers, words) = (topics.topic(NUMBERS), topics.topic(WORDS));
    let mut events = numbers.and(&words).subscribe().text_events();
    assert_eq!(ready(&mut events), []);
    numbers.publish(&1).await.unwrap();
    words.publish(&"two".to_owned()).await.unwrap();
    numbers.publish(&3).await.unwrap();
    assert_eq!(data(ready(&mut events)), ["1", "\"two\"", "3"]);
    assert_eq!(ready(&mut TopicSet::<u32>::default().subscribe().events()), []);
}

#[tokio::test(start_paused = true)]
async fn another_server_sends_a_topic_that_resumes() {
    let topics = Topics::default();
    let numbers = topics.topic(NUMBERS);
    let options = StreamOptions::default().retry(Duration::from_secs(2));
    let mut response = numbers.subscribe().options(options).respond(&head(None));
    assert_eq!(response.headers()["content-type"], "text/event-stream");
    assert_eq!(response.headers()["x-accel-buffering"], "no");
    let started = frame(&mut response).await.unwrap();
    let expected = format!("event: ready\nid: {}\nretry: 2000\ndata: {{}}\n\n", id_of(&started));
    assert_eq!(started, expected);
    publish(&topics, NUMBERS, [1]).await;
    let one = frame(&mut response).await.unwrap();
    assert_eq!(one, format!("id: {}\ndata: 1\n\n", id_of(&one)));
    drop(response);
    assert_eq!(numbers.subscribers(), 0);
    publish(&topics, NUMBERS, [2, 3]).await;
    let mut again = numbers.subscribe().respond(&head(Some(id_of(&one))));
    let resumed = frame(&mut again).await.unwrap();
    assert!(resumed.starts_with(&format!("event: ready\nid: {}\n", id_of(&one))), "{resumed}");
    let rest = frame(&mut again).await.unwrap();
    assert!(rest.contains("data: 2\n\n") && rest.ends_with("data: 3\n\n"), "{rest}");
    assert_eq!(frame(&mut again).await.unwrap(), ":\n");
}

#[tokio::test(start_paused = true)]
async fn a_stop_ends_the_responses_of_another_server() {
    let topics = Topics::default();
    let stopping = Stopping::new(Duration::from_secs(10));
    let scope = StreamScope::new(stopping.clone());
    let mut response = topics.topic(NUMBERS).subscribe().scope(&scope).respond(&head(None));
    assert!(frame(&mut response).await.unwrap().starts_with("event: ready\n"));
    stopping.request();
    let last = frame(&mut response).await.unwrap();
    assert!(last.starts_with("event: reconnect\nretry: "), "{last}");
    assert_eq!(frame(&mut response).await, None);
}

#[tokio::test]
async fn the_position_of_a_stream_is_before_a_gap_until_it_is_returned() {
    let topics = Topics::default();
    let first = topics.topic(FEW).publish(&0).await.unwrap().position();
    publish(&topics, FEW, 1..5).await;
    let mut events = topics.topic(FEW).subscribe().after(first).events();
    assert_eq!(events.position(), Some(first));
    let Some(Received::Gap(gap)) = events.next().await else { panic!("events are missing") };
    assert_eq!(events.position().unwrap().id(), gap.from);
}
