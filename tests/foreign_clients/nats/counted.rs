//! Metrics of the log.

use std::time::Duration;

use futures_util::StreamExt;
use hyperpoint::Prometheus;
use hyperpoint::nats::JetStream;
use hyperpoint::prelude::*;
use hyperpoint::topics::backplane::Backplane;
use tokio::time::timeout;

use super::broker::Broker;
use super::nodes::{NUMBERS, Numbers};

const DEADLINE: Duration = Duration::from_secs(20);

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_stream_is_counted_and_a_node_is_not_behind_when_a_generation_begins() {
    let broker = Broker::start().await;
    let first = JetStream::connect(&broker.url()).await.unwrap();
    let counts = first.counts().await.unwrap();
    assert_eq!((counts.events, counts.bytes, counts.oldest_age), (Some(0), Some(0), None));
    let topics = Topics::with_backplane(first, |_| {});
    for number in 0..3 {
        topics.topic(NUMBERS).publish(&number).await.unwrap();
    }
    drop(topics);

    // The message with which the generation of this node begins is the last one of the stream.
    let second = JetStream::connect(&broker.url()).await.unwrap();
    let counts = second.counts().await.unwrap();
    assert_eq!((counts.events, counts.last), (Some(4), Some(4)));
    assert!(counts.bytes.unwrap() > 0 && counts.oldest_age.unwrap() < DEADLINE);
    assert_eq!((counts.commits, counts.committed_events), (None, None));
    let topics = Topics::with_backplane(second, |_| {});
    let mut events = topics.topic(NUMBERS).subscribe().history(3).events();
    for _ in 0..3 {
        timeout(DEADLINE, events.next()).await.unwrap();
    }
    let prometheus = Prometheus::new();
    let host = Host::empty().endpoint::<Numbers>().service(Arc::new(topics));
    host.prometheus(&prometheus).build().unwrap();
    let is_counted = || {
        let text = prometheus.render();
        let has = |line: &str| text.lines().any(|counted| counted == line);
        has("hyperpoint_log_events 4") && has("hyperpoint_log_follower_lag_events 0")
    };
    let counted = async {
        while !is_counted() {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    timeout(DEADLINE, counted).await.unwrap();
}
