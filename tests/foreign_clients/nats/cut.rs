//! Contract line 29 with two nodes: clients that are cut while both publish, and that reconnect to
//! either node.

use std::time::Duration;

use futures_util::future::join_all;
use hyperpoint::TopicLimits;
use tokio::time::{sleep, timeout};

use super::broker::Broker;
use super::nodes::Listening;
use crate::shared::chance::seeded;
use crate::shared::oracle::{Oracle, Published, client};

const CLIENTS: usize = 16;
const DEADLINE: Duration = Duration::from_mins(1);
/// The maximum time that a client is disconnected, in ms. Meanwhile a node that keeps few events
/// evicts the client's next event.
const AWAY_MS: u64 = 100;
/// A node with this limit has to read from the stream for nearly every client that reconnects.
const FEW: TopicLimits = TopicLimits { events: 20, ..TopicLimits::DEFAULT };

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn line_29_clients_that_are_cut_at_random_get_every_event_once_and_in_order_from_any_node() {
    seeded();
    let broker = Broker::start().await;
    let url = broker.url();
    let nodes =
        [Listening::with(&url, FEW).await, Listening::with(&url, TopicLimits::DEFAULT).await];
    let published = Published::default();
    let of = |node: usize, number| client(nodes[node].address, number);
    let opened = (0..CLIENTS).map(|number| Oracle::open(of(number % 2, number), &published));
    let mut clients = join_all(opened).await;

    let (one, other) = (&nodes[0].topic, &nodes[1].topic);
    let reading = join_all(clients.iter_mut().enumerate().map(async |(number, oracle)| {
        for _ in 0..oracle.rng.u32(20..40) {
            oracle.reads_some().await;
            oracle.is_cut();
            sleep(Duration::from_millis(oracle.rng.u64(..AWAY_MS))).await;
            let node = oracle.rng.usize(..2);
            oracle.moves_to(of(node, number));
        }
    }));
    let load = async {
        tokio::join!(published.publish(one, 0..2000), published.publish(other, 2000..4000));
    };
    tokio::join!(load, reading);

    let last = published.last().unwrap();
    for oracle in &mut clients {
        timeout(DEADLINE, oracle.until(&last)).await.unwrap();
        oracle.has_all(&last);
    }
}
