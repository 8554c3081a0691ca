//! Ends of parked streams, in every way, and what follows them on the same connection.

use std::sync::mpsc;
use std::time::Duration;

use futures_util::future::join_all;
use hyperpoint::Prometheus;
use hyperpoint::prelude::*;
use socket2::SockRef;
use tokio::sync::{oneshot, watch};
use tokio::time::Instant;
use tracing::Level;

use super::parked_host::{
    LONG, MANY, NUMBERS, TEXTS, data, ending, host, open, park, publish, writings,
};
use crate::telemetry::captured::Captured;
use crate::wire::raw::Raw;
use crate::wire::{eventually, within};

#[tokio::test]
async fn the_rest_of_a_chunk_is_sent_by_the_task_and_a_client_that_never_reads_is_cut() {
    let topic = Topics::new(|options| {
        options.limits.bytes = 64 << 20;
        options.total_bytes = 256 << 20;
    });
    let topic = topic.topic(TEXTS);
    let host = host(&topic, |stream| stream.keep_alive(LONG));
    let host = host.options(|options| options.write_stall = Duration::from_millis(500));
    let host = host.start().await.unwrap();
    let mut clients = open(&host, MANY).await;
    let stalled = open(&host, MANY).await;
    for raw in &stalled {
        SockRef::from(raw.socket()).set_recv_buffer_size(16 * 1024).unwrap();
    }
    // More than the buffers of a socket hold.
    for number in 0..30 {
        let text = format!("{number}:{}", "x".repeat(300_000));
        topic.publish(&text).await.unwrap();
        let end = format!("data: {}\n\n", serde_json::to_string(&text).unwrap());
        join_all(clients.iter_mut().map(|raw| async {
            let body = raw.chunks_until("\n\n").await;
            assert!(body.ends_with(&end), "{number}");
        }))
        .await;
    }
    eventually(|| topic.subscribers() == MANY).await;
    drop(stalled);
}

#[tokio::test]
async fn a_stop_ends_parked_streams_with_their_final_event_and_last_chunk() {
    let log = Captured::at(Level::TRACE);
    let topic = Topics::default().topic(NUMBERS);
    let host = host(&topic, |stream| stream.keep_alive(LONG));
    let host = host.options(|options| options.drain_window = Duration::from_secs(2));
    let host = host.start().await.unwrap();
    let mut clients = open(&host, MANY).await;
    park(&log, &topic, &mut clients).await;
    let stopping = tokio::spawn(async move { host.stop().await });
    let reading = join_all(clients.into_iter().map(Raw::closed_body));
    let publishing = async {
        for number in 0.. {
            topic.publish(&number).await.unwrap();
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    let bodies = tokio::select! {
        bodies = reading => bodies,
        () = publishing => return,
    };
    for (body, is_whole) in bodies {
        let numbers = data(&body);
        assert!(numbers.iter().zip(0..).all(|(number, index)| *number == index), "{numbers:?}");
        let (_, last) = body.trim_end().rsplit_once("\n\n").unwrap_or(("", &body));
        assert!(is_whole && last.starts_with("event: reconnect\n"), "{last:?}");
    }
    within(stopping).await.unwrap();
}

#[tokio::test]
async fn clients_of_parked_streams_that_leave_are_seen_within_a_second() {
    let log = Captured::at(Level::TRACE);
    let topic = Topics::default().topic(NUMBERS);
    let host = host(&topic, |stream| stream.keep_alive(LONG)).start().await.unwrap();
    let mut clients = open(&host, MANY).await;
    park(&log, &topic, &mut clients).await;
    let mut finished = clients.split_off(MANY - 3);
    for raw in &mut finished {
        raw.finish().await;
    }
    clients.split_off(MANY - 6).into_iter().for_each(Raw::reset);
    let left = Instant::now();
    eventually(|| topic.subscribers() == MANY - 6).await;
    assert!(left.elapsed() < Duration::from_secs(1));
    publish(&topic, &mut clients, 1).await;
    drop(clients);
    eventually(|| topic.subscribers() == 0).await;
}

#[tokio::test]
async fn a_request_behind_a_parked_stream_is_answered_after_it() {
    let log = Captured::at(Level::TRACE);
    let topic = Topics::default().topic(NUMBERS);
    let ends = watch::Sender::new(false);
    let host = ending(&topic, &ends).start().await.unwrap();
    let mut clients = open(&host, MANY).await;
    park(&log, &topic, &mut clients).await;
    for raw in &mut clients {
        raw.write("GET /none HTTP/1.1\r\nhost: a\r\n\r\n").await;
    }
    publish(&topic, &mut clients, 1).await;
    ends.send_replace(true);
    for raw in &mut clients {
        assert_eq!(raw.chunked_body().await, "event: done\ndata: {}\n\n");
        let head = raw.head().await;
        assert_eq!(head.status(), 404);
        raw.bytes(head.header("content-length")[0].parse().unwrap()).await;
    }
    // The next streams are parked on the same connections.
    ends.send_replace(false);
    for raw in &mut clients {
        raw.write("GET /s HTTP/1.1\r\nhost: a\r\n\r\n").await;
        raw.head().await;
        raw.chunks_until("\n\n").await;
    }
    let before = writings(&log);
    for number in 2..5 {
        publish(&topic, &mut clients, number).await;
    }
    assert!(writings(&log) > before);
}

#[tokio::test]
async fn parked_streams_of_other_hosts_outlive_the_runtime_of_the_writing_task() {
    let topic = Topics::default().topic(NUMBERS);
    let other = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build();
    let other = other.unwrap();
    let streamed = topic.clone();
    let first = other.spawn(async move {
        host(&streamed, |stream| stream.keep_alive(LONG)).start().await.unwrap()
    });
    let first = within(first).await.unwrap();
    let mut clients = open(&first, MANY).await;
    for number in 0..3 {
        publish(&topic, &mut clients, number).await;
    }
    let second = host(&topic, |stream| stream.keep_alive(LONG)).start().await.unwrap();
    let mut others = open(&second, MANY).await;
    for number in 3..6 {
        publish(&topic, &mut clients, number).await;
    }
    for raw in &mut others {
        raw.chunks_until("data: 5\n\n").await;
    }
    other.shutdown_background();
    eventually(|| topic.subscribers() == MANY).await;
    for number in 6..9 {
        publish(&topic, &mut others, number).await;
    }
}

#[tokio::test]
async fn streams_do_not_wait_for_the_runtime_of_other_streams() {
    let topic = Topics::default().topic(NUMBERS);
    let other = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build();
    let other = other.unwrap();
    let streamed = topic.clone();
    let first = other.spawn(async move {
        host(&streamed, |stream| stream.keep_alive(LONG)).start().await.unwrap()
    });
    let first = within(first).await.unwrap();
    let mut clients = open(&first, MANY).await;
    for number in 0..3 {
        publish(&topic, &mut clients, number).await;
    }
    let (is_blocked, blocked) = oneshot::channel();
    let (unblock, unblocked) = mpsc::channel::<()>();
    other.spawn(async move {
        is_blocked.send(()).unwrap();
        unblocked.recv().unwrap_err();
    });
    within(blocked).await.unwrap();
    let second = host(&topic, |stream| stream.keep_alive(LONG)).start().await.unwrap();
    let mut others = open(&second, MANY).await;
    for number in 3..9 {
        publish(&topic, &mut others, number).await;
    }
    drop(unblock);
    for raw in &mut clients {
        raw.chunks_until("data: 8\n\n").await;
    }
    other.shutdown_background();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn parked_streams_do_not_wait_for_the_task_that_publishes() {
    let topic = Topics::default().topic(NUMBERS);
    let host = host(&topic, |stream| stream.keep_alive(LONG)).start().await.unwrap();
    let mut clients = open(&host, MANY).await;
    for number in 0..3 {
        publish(&topic, &mut clients, number).await;
    }
    // A task that has yielded waits for its worker thread, which is blocked below. Let none be left.
    for _ in 0..100 {
        within(tokio::spawn(tokio::task::yield_now())).await.unwrap();
    }
    let (unblock, unblocked) = mpsc::channel::<()>();
    let publishing = tokio::spawn(async move {
        topic.publish(&3).await.unwrap();
        unblocked.recv().unwrap_err();
    });
    for raw in &mut clients {
        raw.chunks_until("data: 3\n\n").await;
    }
    drop(unblock);
    within(publishing).await.unwrap();
}

#[tokio::test]
async fn what_was_written_to_a_parked_stream_is_counted_when_its_task_is_dropped() {
    let topic = Topics::default().topic(NUMBERS);
    let prometheus = Prometheus::new();
    let host = host(&topic, |stream| stream.keep_alive(LONG)).prometheus(&prometheus);
    let other = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build();
    let other = other.unwrap();
    let host = other.spawn(async move { host.start().await.unwrap() });
    let host = within(host).await.unwrap();
    let mut clients = open(&host, MANY).await;
    for number in 0..10 {
        publish(&topic, &mut clients, number).await;
    }
    other.shutdown_background();
    // The event `ready` is none of the application.
    let events = format!("hyperpoint_stream_events_total{{http_route=\"/s\"}} {}\n", 10 * MANY);
    eventually(|| prometheus.render().contains(&events)).await;
}
