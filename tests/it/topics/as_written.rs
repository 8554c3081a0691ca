//! Topics on streams as written: contract lines 34, 38 and 39.

use std::time::Duration;

use http::Request;
use http_body_util::BodyExt;
use hyperpoint::prelude::*;
use hyperpoint::sse::stream::{StreamScope, event_stream};
use hyperpoint::{OnLag, StreamEnd, StreamKind, StreamOptions, TopicLimits, TopicStream};
use tokio::time::{Instant, sleep};

use crate::wire::memory::Memory;
use crate::wire::scripted;

const ROOM: TopicName<u32> = TopicName::new("room").event("n");
const SECOND: Duration = Duration::from_secs(1);

/// A host whose `/s` streams a topic of at most four events, which had 1 to 6.
struct Room {
    app: hyperpoint::Application,
    topic: Topic<u32>,
    ids: Vec<String>,
}

impl Room {
    async fn new(
        stream: impl for<'a> Fn(TopicStream<'a>) -> TopicStream<'a> + Send + Sync + 'static,
    ) -> Self {
        let limits = TopicLimits { events: 4, ..TopicLimits::DEFAULT };
        let topic = Topics::new(|options| options.limits = limits).topic(ROOM);
        let (streamed, stream) = (topic.clone(), Arc::new(stream));
        let host = scripted::<u32>(move |cx| {
            let (topic, stream) = (streamed.clone(), Arc::clone(&stream));
            Box::pin(async move { stream(cx.send.topic_async(&topic)).await })
        });
        let (app, mut ids) = (host.build().unwrap(), Vec::new());
        for number in 1..=6 {
            ids.push(topic.publish(&number).await.unwrap().id().to_string());
        }
        Self { app, topic, ids }
    }

    async fn post(&self, last_event_id: Option<&str>) -> Memory {
        let mut request = Request::post("/s");
        if let Some(id) = last_event_id {
            request = request.header("last-event-id", id);
        }
        Memory::ask(&self.app, request.body(String::new()).unwrap()).await
    }

    /// Returns the events of these numbers on the wire.
    fn wire(&self, numbers: std::ops::RangeInclusive<usize>) -> String {
        let event = |n| format!("event: n\nid: {}\ndata: {n}\n\n", self.ids[n - 1]);
        numbers.map(event).collect::<Vec<_>>().concat()
    }
}

/// Reads until the body ends with these bytes.
async fn until(memory: &mut Memory, end: &str) -> String {
    let mut body = String::new();
    while !body.ends_with(end) {
        body.push_str(&memory.frame().await.unwrap());
    }
    body
}

#[tokio::test(start_paused = true)]
async fn line_38_a_topic_starts_where_the_request_says_and_without_ready() {
    let room = Room::new(|stream| stream).await;
    let mut resumed = room.post(Some(&room.ids[3])).await;
    assert_eq!(until(&mut resumed, "data: 6\n\n").await, room.wire(5..=6));
    let mut new = room.post(None).await;
    assert!(new.poll().is_pending());
    let id = room.topic.publish(&7).await.unwrap().id();
    let expected = format!("event: n\nid: {id}\ndata: 7\n\n");
    assert_eq!(new.frame().await, Some(expected.clone()));
    assert_eq!(resumed.frame().await, Some(expected));
}

#[tokio::test(start_paused = true)]
async fn line_38_a_gap_without_a_snapshot_is_a_cut() {
    let room = Room::new(|stream| stream).await;
    for id in ["unknown", &room.ids[0], "0000000A-000000000002"] {
        let (body, cut) = room.post(Some(id)).await.rest_and_cut().await;
        assert_eq!((&*body, cut.as_deref()), ("", Some("the event stream was cut (gap)")));
    }
    let mut lagging = room.post(Some(&room.ids[4])).await;
    assert_eq!(lagging.frame().await, Some(room.wire(6..=6)));
    for number in 7..=12 {
        room.topic.publish(&number).await.unwrap();
    }
    let (body, cut) = lagging.rest_and_cut().await;
    assert_eq!((&*body, cut.as_deref()), ("", Some("the event stream was cut (gap)")));
}

#[tokio::test(start_paused = true)]
async fn line_38_a_gap_is_what_the_handler_writes_for_it() {
    let room = Room::new(|stream| {
        stream.retry(SECOND).snapshot(async |gap| {
            let text = format!("missed: {}", gap.reason);
            Ok(vec![StreamItem::text(text).named(EventName::from_static("gap"))])
        })
    });
    let room = room.await;
    let mut memory = room.post(Some(&room.ids[0])).await;
    let newest = &room.ids[5];
    let expected = format!("retry: 1000\nevent: gap\nid: {newest}\ndata: missed: evicted\n\n");
    assert_eq!(memory.frame().await, Some(expected));
    let id = room.topic.publish(&7).await.unwrap().id();
    assert_eq!(memory.frame().await, Some(format!("event: n\nid: {id}\ndata: 7\n\n")));
}

#[tokio::test(start_paused = true)]
async fn line_38_a_snapshot_without_items_says_nothing() {
    let room = Room::new(|stream| stream.snapshot(async |_| Ok(Vec::new()))).await;
    let mut memory = room.post(Some(&room.ids[0])).await;
    assert!(memory.poll().is_pending());
    let id = room.topic.publish(&7).await.unwrap().id();
    assert_eq!(memory.frame().await, Some(format!("event: n\nid: {id}\ndata: 7\n\n")));
}

#[tokio::test(start_paused = true)]
async fn line_34_a_retry_that_is_set_rides_on_the_first_event() {
    let room = Room::new(|stream| stream.retry(SECOND)).await;
    let mut memory = room.post(Some(&room.ids[3])).await;
    let expected = format!("retry: 1000\n{}", room.wire(5..=6));
    assert_eq!(until(&mut memory, "data: 6\n\n").await, expected);
    let id = room.topic.publish(&7).await.unwrap().id();
    assert_eq!(memory.frame().await, Some(format!("event: n\nid: {id}\ndata: 7\n\n")));
}

#[tokio::test(start_paused = true)]
async fn line_39_a_topic_as_written_has_no_age_by_default_and_ends_cleanly_at_one() {
    let room = Room::new(|stream| stream.keep_alive(Duration::from_hours(2))).await;
    let begun = Instant::now();
    assert_eq!(room.post(None).await.frame().await.as_deref(), Some(":\n"));
    assert!(begun.elapsed() >= Duration::from_hours(2));
    let aged = Room::new(|stream| stream.max_age(SECOND)).await;
    assert_eq!(aged.post(None).await.rest_and_cut().await, (String::new(), None));
}

#[tokio::test(start_paused = true)]
async fn line_39_a_subscriber_that_is_to_resume_gets_a_clean_end() {
    let room = Room::new(|stream| stream.on_lag(OnLag::Resume)).await;
    let mut memory = room.post(Some(&room.ids[4])).await;
    assert_eq!(memory.frame().await, Some(room.wire(6..=6)));
    for number in 7..=12 {
        room.topic.publish(&number).await.unwrap();
    }
    assert_eq!(memory.rest_and_cut().await, (String::new(), None));
}

#[tokio::test(start_paused = true)]
async fn line_39_a_stop_ends_topics_cleanly_and_spread() {
    let topic = Topics::default().topic(ROOM);
    let host = scripted::<u32>(move |cx| {
        let topic = topic.clone();
        let stopping = cx.stopping.clone();
        Box::pin(async move {
            tokio::spawn(async move {
                sleep(SECOND).await;
                stopping.request();
            });
            cx.send.topic_async(&topic).keep_alive(Duration::from_hours(1)).await
        })
    });
    let app = host.build().unwrap();
    let mut ends = Vec::new();
    let begun = Instant::now();
    let open = (0..20).map(|_| async {
        let request = Request::post("/s").body(String::new()).unwrap();
        let mut memory = Memory::ask(&app, request).await;
        assert_eq!(memory.rest_and_cut().await, (String::new(), None));
        begun.elapsed()
    });
    ends.extend(futures_util::future::join_all(open).await);
    ends.sort_unstable();
    ends.dedup();
    assert!(ends.len() > 10, "{ends:?}");
    assert!(ends.iter().all(|end| (1..=17).contains(&end.as_secs())), "{ends:?}");
}

#[tokio::test(start_paused = true)]
async fn line_39_a_snapshot_that_fails_sends_the_handlers_item_and_is_cut() {
    let room = Room::new(|stream| {
        let snapshot = stream.snapshot(async |_| Err(Problem::internal("a secret")));
        snapshot.on_error_item(|problem| StreamItem::text(problem.title()))
    });
    let room = room.await;
    let (body, cut) = room.post(Some(&room.ids[0])).await.rest_and_cut().await;
    assert_eq!(body, "data: Internal Server Error\n\n");
    assert_eq!(cut.as_deref(), Some("the event stream was cut (failed)"));
}

#[tokio::test(start_paused = true)]
async fn line_09_a_snapshot_for_event_source_has_no_reserved_names() {
    let room = Room::new(|stream| {
        stream.snapshot(async |_| {
            Ok(vec![StreamItem::text("x").named(EventName::from_static("error"))])
        })
    });
    let room = room.await;
    let request = Request::get("/s").header("last-event-id", "unknown").body(String::new());
    let body = Memory::ask(&room.app, request.unwrap()).await.rest().await;
    assert!(body.contains("event: problem\n") && !body.contains("event: error"), "{body:?}");
}

#[tokio::test(start_paused = true)]
async fn line_38_without_an_endpoint_the_method_of_the_request_or_the_options_decide() {
    let room = Room::new(|stream| stream).await;
    let respond = |method: &str, options: StreamOptions| {
        let (request, ()) = Request::builder().method(method).body(()).unwrap().into_parts();
        room.topic.subscribe().history(1).options(options).respond(&request).into_body()
    };
    let as_written = StreamOptions::default().kind(StreamKind::AsWritten);
    for (method, options, is_written) in [
        ("GET", StreamOptions::default(), false),
        ("POST", StreamOptions::default(), true),
        ("GET", as_written, true),
    ] {
        let frame = Box::pin(respond(method, options)).frame().await.unwrap().unwrap();
        let first = String::from_utf8(frame.into_data().unwrap().to_vec()).unwrap();
        assert_eq!(first == room.wire(6..=6), is_written, "{first:?}");
        assert_eq!(first.starts_with("event: ready\n"), !is_written, "{first:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn line_37_without_an_endpoint_a_stream_as_written_that_fails_is_cut() {
    for kind in [StreamKind::AsWritten, StreamKind::ForEventSource] {
        let item = StreamItem::text("x").named(EventName::from_static("error"));
        let items = futures_util::stream::iter([Ok(item), Err("a secret")]);
        let options = StreamOptions::default().kind(kind);
        let body = event_stream(items, options, &StreamScope::default()).into_body();
        let body = Box::pin(body).collect().await;
        match kind {
            StreamKind::AsWritten => assert_eq!(body.unwrap_err().end, StreamEnd::Failed),
            _ => assert!(body.unwrap().to_bytes().starts_with(b"event: problem\n")),
        }
    }
}
