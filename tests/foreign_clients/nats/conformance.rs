//! The conformance tests of every backplane, on NATS.

use std::sync::Arc;

use hyperpoint::async_trait;
use hyperpoint::nats::{JetStream, async_nats};
use hyperpoint_topics::Backplane;
use hyperpoint_topics::conformance::{Engine, check};
use tokio::sync::Mutex;

use super::broker::Broker;

struct Server(Mutex<Broker>);

#[async_trait]
impl Engine for Server {
    async fn node(&self) -> Arc<dyn Backplane> {
        let url = self.0.lock().await.url();
        Arc::new(JetStream::connect(&url).await.unwrap())
    }

    async fn restart(&self) {
        let mut broker = self.0.lock().await;
        broker.kill().await;
        broker.revive().await;
    }

    async fn begin_again(&self) {
        let client = async_nats::connect(self.0.lock().await.url()).await.unwrap();
        async_nats::jetstream::new(client).delete_stream("hyperpoint").await.unwrap();
    }

    async fn back_up(&self) {
        let mut broker = self.0.lock().await;
        broker.kill().await;
        broker.back_up();
        broker.revive().await;
    }

    async fn restore(&self) {
        let mut broker = self.0.lock().await;
        broker.kill().await;
        broker.restore();
        broker.revive().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn jetstream_keeps_every_promise_of_a_backplane() {
    check(&Server(Mutex::new(Broker::start().await))).await;
}

#[tokio::test]
async fn a_server_that_is_not_there_is_an_error_in_time() {
    let mut broker = Broker::start().await;
    broker.kill().await;
    let error = JetStream::connect(&broker.url()).await.unwrap_err();
    assert_eq!(error.to_string(), "connect to a NATS server");
}
