//! Metrics of the log of a backplane.

use std::time::Duration;

use futures_util::StreamExt;
use hyperpoint::prelude::*;
use hyperpoint::{Prometheus, Topics};
use hyperpoint_sqlite::SqliteLog;

use super::scripted_backplane::ScriptedBackplane;
use crate::http::{endpoint, talk};
use crate::wire::within;

const NUMBERS: TopicName<u32> = TopicName::new("numbers");

endpoint! {
    Nothing: () => ();
    |config| {
        config.get("/nothing");
        config.allow_anonymous();
    }
    |(), cx| { cx.send.no_content_async().await }
}

/// Returns the metrics of the log, without the descriptions.
fn of_log(text: &str) -> Vec<&str> {
    text.lines().filter(|line| line.starts_with("hyperpoint_log_")).collect()
}

/// Returns the value of a metric without labels.
fn value<'a>(text: &'a str, name: &str) -> Option<&'a str> {
    let mut lines = of_log(text).into_iter();
    lines.find_map(|line| line.strip_prefix(name)?.strip_prefix(' '))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_log_on_disk_is_counted() {
    let folder = tempfile::tempdir().unwrap();
    let before = std::time::Instant::now();
    let log = SqliteLog::open(folder.path(), |_| {}).unwrap();
    let topics = Topics::with_backplane(log, |_| {});
    let numbers = topics.topic(NUMBERS);
    let mut events = numbers.subscribe().history(9).events();
    for number in 0..5 {
        numbers.publish(&number).once(number.to_string()).await.unwrap();
    }
    assert!(numbers.publish(&4).once("4").await.unwrap().is_duplicate());
    for _ in 0..5 {
        within(events.next()).await.unwrap();
    }
    // The log is counted at once when a host with metrics is built, and then every few seconds.
    let host = Host::empty().endpoint::<Nothing>().service(Arc::new(topics)).bind("127.0.0.1:0");
    let host = host.prometheus(&Prometheus::new()).management("127.0.0.1:0");
    let host = host.start().await.unwrap();
    let get = "GET /metrics HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n";
    let text = within(async {
        loop {
            let text = talk(host.management_address().unwrap(), get).await;
            if value(&text, "hyperpoint_log_events").is_some() {
                return text;
            }
        }
    })
    .await;
    let count = |name: &str| value(&text, name).unwrap();
    assert_eq!(count("hyperpoint_log_events"), "5");
    assert_eq!(count("hyperpoint_log_follower_lag_events"), "0");
    assert_eq!(count("hyperpoint_log_events_committed_total"), "5");
    assert_eq!(count("hyperpoint_log_commits_total"), "6", "one each, and one of the duplicate");
    let files = folder.path().read_dir().unwrap();
    let bytes: u64 = files.map(|file| file.unwrap().metadata().unwrap().len()).sum();
    assert_eq!(count("hyperpoint_log_size_bytes"), bytes.to_string());
    let age = count("hyperpoint_log_oldest_event_age_seconds").parse().unwrap();
    assert!((0.0..=before.elapsed().as_secs_f64()).contains(&age), "{age}");
    assert!(text.contains("# TYPE hyperpoint_log_commits_total counter"), "{text}");
    assert!(text.contains("# TYPE hyperpoint_log_size_bytes gauge"), "{text}");
    within(host.stop()).await;
}

/// Builds a host whose metrics these are.
fn counted(topics: &Topics) -> Prometheus {
    let prometheus = Prometheus::new();
    let host = Host::empty()
        .endpoint::<Nothing>()
        .service(Arc::new(topics.clone()))
        .prometheus(&prometheus);
    host.build().unwrap();
    prometheus
}

#[tokio::test(start_paused = true)]
async fn events_that_a_node_has_not_received_are_counted() {
    let log = ScriptedBackplane::new();
    let topics = Topics::with_backplane(log.clone(), |_| {});
    let prometheus = counted(&topics);
    let numbers = topics.topic(NUMBERS);
    let mut events = numbers.subscribe().history(9).events();
    numbers.publish(&0).await.unwrap();
    within(events.next()).await.unwrap();
    log.change(|log| log.is_held = true);
    for number in 1..4 {
        numbers.publish(&number).await.unwrap();
    }
    tokio::time::sleep(Duration::from_secs(6)).await;
    assert_eq!(of_log(&prometheus.render()), ["hyperpoint_log_follower_lag_events 3"]);
    log.change(|log| log.is_held = false);
    tokio::time::sleep(Duration::from_secs(6)).await;
    assert_eq!(of_log(&prometheus.render()), ["hyperpoint_log_follower_lag_events 0"]);
}

#[tokio::test(start_paused = true)]
async fn errors_of_the_log_are_counted_by_kind() {
    let log = ScriptedBackplane::new();
    log.change(|log| log.is_down = true);
    let topics = Topics::with_backplane(log.clone(), |_| {});
    let prometheus = counted(&topics);
    for number in 0..2 {
        topics.topic(NUMBERS).publish(&number).await.unwrap_err();
    }
    tokio::time::sleep(Duration::from_secs(6)).await;
    let expected = [
        r#"hyperpoint_log_errors_total{kind="full"} 2"#,
        r#"hyperpoint_log_errors_total{kind="unavailable"} 2"#,
    ];
    let text = prometheus.render();
    let mut lines = of_log(&text);
    lines.sort_unstable();
    assert_eq!(lines, expected, "counting the log failed, too");
}

#[tokio::test(start_paused = true)]
async fn a_log_is_counted_if_its_host_is_built_outside_of_the_runtime() {
    let topics = Topics::with_backplane(ScriptedBackplane::new(), |_| {});
    let numbers = topics.topic(NUMBERS);
    let mut events = numbers.subscribe().history(9).events();
    numbers.publish(&0).await.unwrap();
    within(events.next()).await.unwrap();
    let prometheus = std::thread::scope(|scope| scope.spawn(|| counted(&topics)).join().unwrap());
    tokio::time::sleep(Duration::from_secs(6)).await;
    assert_eq!(of_log(&prometheus.render()), ["hyperpoint_log_follower_lag_events 0"]);
}
