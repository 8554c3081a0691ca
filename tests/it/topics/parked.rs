//! Streams of one topic whose tasks sleep while one task writes to all their sockets. The clients see no
//! difference.

use std::time::Duration;

use futures_util::FutureExt;
use futures_util::future::join_all;
use hyperpoint::prelude::*;
use hyperpoint::{OnLag, Prometheus, TopicLimits};
use tokio::sync::watch;
use tokio::time::Instant;
use tracing::Level;

use super::parked_host::{LONG, MANY, NUMBERS, data, ending, host, open, park, publish, writings};
use crate::telemetry::captured::Captured;
use crate::wire::eventually;

#[tokio::test]
async fn each_parked_stream_gets_each_event_once_and_in_order() {
    let log = Captured::at(Level::TRACE);
    let topic = Topics::default().topic(NUMBERS);
    let host = host(&topic, |stream| stream.keep_alive(LONG)).start().await.unwrap();
    let mut clients = open(&host, MANY).await;
    for number in 0..50 {
        publish(&topic, &mut clients, number).await;
    }
    // The first event finds streams whose tasks wait.
    assert!(writings(&log) >= 49, "{}", writings(&log));
    // Several events that are published at once are one chunk.
    for number in 100..200 {
        topic.publish(&number).await.unwrap();
    }
    for raw in &mut clients {
        let body = raw.chunks_until("data: 199\n\n").await;
        assert!(data(&body).into_iter().eq(100..200), "{body:?}");
    }
}

#[tokio::test]
async fn a_few_subscribers_get_their_events_by_their_tasks() {
    let log = Captured::at(Level::TRACE);
    let topic = Topics::default().topic(NUMBERS);
    let host = host(&topic, |stream| stream).start().await.unwrap();
    let mut clients = open(&host, 4).await;
    for number in 0..5 {
        publish(&topic, &mut clients, number).await;
    }
    assert_eq!(writings(&log), 0);
}

#[tokio::test]
async fn streams_that_select_events_go_on_by_their_tasks() {
    let log = Captured::at(Level::TRACE);
    let topic = Topics::default().topic(NUMBERS);
    let filtered = host(&topic, |stream| stream.filter(|event| event.text() != "3"));
    let newest = host(&topic, |stream| stream.on_lag(OnLag::Latest));
    for host in [filtered, newest] {
        let host = host.start().await.unwrap();
        let mut clients = open(&host, MANY).await;
        for number in [1, 2, 4] {
            publish(&topic, &mut clients, number).await;
        }
    }
    assert_eq!(writings(&log), 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn tasks_that_wake_meanwhile_neither_repeat_nor_miss_an_event() {
    const EVENTS: u32 = 1000;
    let topic = Topics::new(|options| options.limits.bytes = 16 << 20).topic(NUMBERS);
    // The keep-alive wakes the tasks all the time.
    let often = Duration::from_millis(1);
    let host = host(&topic, move |stream| stream.keep_alive(often)).start().await.unwrap();
    let clients = open(&host, 100).await;
    let publishing = tokio::spawn(async move {
        for number in 0..EVENTS {
            topic.publish(&number).await.unwrap();
            if number % 7 == 0 {
                tokio::time::sleep(Duration::from_micros(300)).await;
            }
        }
    });
    let end = format!("data: {}\n\n", EVENTS - 1);
    let read = clients.into_iter().map(|mut raw| {
        let end = end.clone();
        async move {
            let mut body = String::new();
            while !body.contains(&end) {
                body += &raw.chunk().await.unwrap();
            }
            assert!(data(&body).into_iter().eq(0..EVENTS), "{body:?}");
        }
    });
    join_all(read.map(tokio::spawn)).await.into_iter().for_each(Result::unwrap);
    publishing.await.unwrap();
}

#[tokio::test]
async fn an_event_for_a_parked_stream_postpones_its_keep_alive() {
    let log = Captured::at(Level::TRACE);
    let topic = Topics::default().topic(NUMBERS);
    let interval = Duration::from_millis(600);
    let host = host(&topic, move |stream| stream.keep_alive(interval)).start().await.unwrap();
    let mut clients = open(&host, MANY).await;
    park(&log, &topic, &mut clients).await;
    tokio::time::sleep(interval / 2).await;
    let published = Instant::now();
    publish(&topic, &mut clients, 1).await;
    for raw in &mut clients {
        assert_eq!(raw.chunk().await.unwrap(), ":\n");
        assert!(published.elapsed() >= interval, "{:?}", published.elapsed());
    }
    publish(&topic, &mut clients, 2).await;
}

#[tokio::test]
async fn what_was_written_to_a_parked_stream_is_in_its_report_and_in_the_metrics() {
    let log = Captured::at(Level::TRACE);
    let topic = Topics::default().topic(NUMBERS);
    let ends = watch::Sender::new(false);
    let prometheus = Prometheus::new();
    let host = ending(&topic, &ends).prometheus(&prometheus).traces(|traces| traces);
    let host = host.start().await.unwrap();
    let mut clients = open(&host, MANY).await;
    for number in 0..10 {
        publish(&topic, &mut clients, number).await;
    }
    assert!(writings(&log) > 0);
    // While the streams are open, the counts are reported at least with the first event after a second.
    tokio::time::sleep(Duration::from_millis(1100)).await;
    publish(&topic, &mut clients, 10).await;
    // The event `ready` is none of the application.
    let events = format!("hyperpoint_stream_events_total{{http_route=\"/s\"}} {}\n", 11 * MANY);
    eventually(|| prometheus.render().contains(&events)).await;
    publish(&topic, &mut clients, 11).await;
    ends.send_replace(true);
    let bytes = clients.into_iter().map(|mut raw| async move {
        raw.chunked_body().await;
        raw.content_bytes()
    });
    let bytes = join_all(bytes).await.into_iter().sum::<usize>();
    // Neither is the event `done`.
    eventually(|| log.lines_with("stream.events=12 ").len() == MANY).await;
    let events = format!("hyperpoint_stream_events_total{{http_route=\"/s\"}} {}\n", 12 * MANY);
    let bytes = format!("hyperpoint_stream_bytes_total{{http_route=\"/s\"}} {bytes}\n");
    let text = prometheus.render();
    assert!(text.contains(&events) && text.contains(&bytes), "{events} {bytes} {text}");
}

#[tokio::test]
async fn a_deleted_or_expired_event_is_not_written_to_parked_streams() {
    let log = Captured::at(Level::TRACE);
    let topic = Topics::default().topic(NUMBERS);
    let host = host(&topic, |stream| stream.keep_alive(LONG)).start().await.unwrap();
    let mut clients = open(&host, MANY).await;
    park(&log, &topic, &mut clients).await;
    // Nothing else runs before these are over.
    let publish_now = |number: u32| topic.publish(&number).now_or_never().unwrap().unwrap();
    let deleted = publish_now(1).position();
    assert!(topic.delete(deleted).now_or_never().unwrap().unwrap());
    let short = Duration::from_millis(1);
    topic.publish(&2).expires_after(short).now_or_never().unwrap().unwrap();
    // The clock of the log counts milliseconds.
    let published = std::time::Instant::now();
    while published.elapsed() < short * 3 {
        std::hint::spin_loop();
    }
    publish(&topic, &mut clients, 3).await;
    topic.publish(&4).expires_after(LONG).await.unwrap();
    for raw in &mut clients {
        raw.chunks_until("data: 4\n\n").await;
    }
    publish(&topic, &mut clients, 5).await;
}

#[tokio::test]
async fn parked_streams_are_sent_a_gap_for_events_that_were_evicted() {
    let log = Captured::at(Level::TRACE);
    let limits = TopicLimits { events: 4, ..TopicLimits::DEFAULT };
    let topic = Topics::new(|options| options.limits = limits).topic(NUMBERS);
    let host = host(&topic, |stream| stream.keep_alive(LONG)).start().await.unwrap();
    let mut clients = open(&host, MANY).await;
    park(&log, &topic, &mut clients).await;
    for number in 0..50 {
        topic.publish(&number).now_or_never().unwrap().unwrap();
    }
    for raw in &mut clients {
        let body = raw.chunks_until("data: 49\n\n").await;
        assert!(body.starts_with("event: gap\n"), "{body:?}");
        assert_eq!(data(&body), [46, 47, 48, 49]);
    }
    publish(&topic, &mut clients, 50).await;
}
