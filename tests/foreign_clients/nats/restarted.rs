//! A NATS server that is killed and restarted while events are published: clients stay connected,
//! and miss nothing that was acknowledged.

use std::sync::atomic::{AtomicBool, Ordering::SeqCst};
use std::time::Duration;

use futures_util::future::join_all;
use hyperpoint::Topic;
use tokio::time::{sleep, timeout};

use super::broker::Broker;
use super::nodes::Listening;
use crate::shared::chance::seeded;
use crate::shared::oracle::{Oracle, Published, client};

const CLIENTS: usize = 20;
const RESTARTS: u32 = 3;
/// The number of events published in each run of the server.
const EVENTS: u32 = 300;
const DEADLINE: Duration = Duration::from_mins(2);
const MOMENT: Duration = Duration::from_millis(50);

/// Publishes numbers, each until it is acknowledged.
async fn publish(topic: &Topic<u32>, published: &Published, numbers: std::ops::Range<u32>) {
    for number in numbers {
        let acknowledged = loop {
            match topic.publish(&number).once(number.to_string()).await {
                Ok(acknowledged) => break acknowledged,
                Err(error) => assert!(error.is_unavailable(), "{error}"),
            }
            sleep(MOMENT).await;
        };
        published.note(&acknowledged.id(), number);
    }
}

async fn restart(broker: &mut Broker) {
    broker.kill().await;
    broker.revive().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn line_29_clients_stay_connected_while_the_server_is_killed_and_miss_nothing() {
    seeded();
    let mut broker = Broker::start().await;
    let node = Listening::with_short_timeout(&broker.url()).await;
    let published = Published::default();
    let opened = (0..CLIENTS).map(|number| Oracle::open(client(node.address, number), &published));
    let mut clients = join_all(opened).await;

    let is_over = AtomicBool::new(false);
    let load = async {
        for life in 0..RESTARTS {
            let numbers = life * EVENTS..(life + 1) * EVENTS;
            let killed_at = numbers.start + fastrand::u32(0..EVENTS);
            publish(&node.topic, &published, numbers.start..killed_at).await;
            let rest = publish(&node.topic, &published, killed_at..numbers.end);
            tokio::join!(restart(&mut broker), rest);
        }
        is_over.store(true, SeqCst);
    };
    let is_done = |oracle: &Oracle| {
        is_over.load(SeqCst) && published.last().is_some_and(|last| oracle.has(&last))
    };
    let reading = join_all(clients.iter_mut().map(async |oracle| {
        while !is_done(oracle) {
            let step = timeout(MOMENT, oracle.step()).await;
            assert_ne!(step, Ok(false), "its stream ended");
        }
    }));
    timeout(DEADLINE, async { tokio::join!(load, reading) }).await.unwrap();

    let last = published.last().unwrap();
    for oracle in &clients {
        oracle.has_all(&last);
    }
}
