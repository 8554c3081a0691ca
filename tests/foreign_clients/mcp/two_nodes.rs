//! Topics as resources on two nodes that share a JetStream stream.

use hyperpoint::http::Method;
use hyperpoint::nats::JetStream;
use hyperpoint::prelude::*;
use hyperpoint_mcp::ServeMcp;
use hyperpoint_testing::{Client, EventReader};
use serde_json::{Value, json};

use crate::nats::broker::Broker;

const PLACED: TopicName<u32> = TopicName::new("placed");

/// Places an order, on the node that is asked.
#[derive(Endpoint)]
struct Place {
    topics: Arc<Topics>,
}

impl Endpoint for Place {
    type Request = ();
    type Response = ();

    fn configure(config: &mut Config) {
        config.post("/placed");
        config.allow_anonymous();
    }

    async fn handle(&self, (): (), cx: Cx<'_, Self>) -> Result {
        self.topics.topic(PLACED).publish(&7).await?;
        cx.send.no_content_async().await
    }
}

/// Creates a node, and a client of it.
async fn node(broker: &Broker) -> Client {
    let engine = JetStream::connect(&broker.url()).await.unwrap();
    let topics = Topics::with_backplane(engine, |_| {});
    let host = Host::empty().endpoint::<Place>().service(Arc::new(topics)).mcp(|mcp| {
        mcp.allow_anonymous();
        mcp.topic(PLACED, |topic| topic.allow_anonymous());
    });
    Client::new(host.build().unwrap())
}

async fn next(events: &mut EventReader) -> Value {
    serde_json::from_str(&events.next().await.unwrap().data).unwrap()
}

fn message(method: &str, params: &Value) -> String {
    json!({ "jsonrpc": "2.0", "id": 1, "method": method, "params": params }).to_string()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_change_on_one_node_is_seen_by_a_client_that_listens_at_the_other() {
    let broker = Broker::start().await;
    let (client, other) = (node(&broker).await, node(&broker).await);
    let meta = json!({
        "io.modelcontextprotocol/protocolVersion": "2026-07-28",
        "io.modelcontextprotocol/clientCapabilities": {},
    });
    let filter = json!({ "resourceSubscriptions": ["topic:placed"] });
    let params = json!({ "_meta": meta, "notifications": filter });
    let request = client.events("/mcp").method(Method::POST).header("host", "localhost");
    let request = request.header("content-type", "application/json");
    let request = request.header("mcp-protocol-version", "2026-07-28");
    let request = request.header("mcp-method", "subscriptions/listen");
    let mut events = request.body(message("subscriptions/listen", &params)).await.unwrap();
    let first = next(&mut events).await;
    assert_eq!(first["method"], "notifications/subscriptions/acknowledged");
    assert_eq!(other.call(Method::POST, "/placed").await.unwrap().status(), 204);
    let change = next(&mut events).await;
    assert_eq!(change["method"], "notifications/resources/updated");
    assert_eq!(change["params"]["uri"], "topic:placed");
    let read = client.call(Method::POST, "/mcp").header("host", "localhost");
    let read =
        read.body("application/json", message("resources/read", &json!({ "uri": "topic:placed" })));
    let read: Value = serde_json::from_str(&read.await.unwrap().text()).unwrap();
    let text = read["result"]["contents"][0]["text"].as_str().unwrap();
    let newest: Value = serde_json::from_str(text).unwrap();
    assert_eq!(newest[0]["data"], 7);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_change_on_one_node_is_seen_in_a_session_at_the_other() {
    let broker = Broker::start().await;
    let (client, other) = (node(&broker).await, node(&broker).await);
    let post = |session: Option<&str>, body: String| {
        let call = client.call(Method::POST, "/mcp").header("host", "localhost");
        let call = session.into_iter().fold(call, |call, id| call.header("mcp-session-id", id));
        call.body("application/json", body)
    };
    let params = json!({ "protocolVersion": "2025-11-25", "capabilities": {} });
    let initialized = post(None, message("initialize", &params)).await.unwrap();
    let session = initialized.header("mcp-session-id").unwrap().to_owned();
    let stream = client.events("/mcp").header("host", "localhost");
    let mut events = stream.header("mcp-session-id", session.as_str()).await.unwrap();
    let params = json!({ "uri": "topic:placed" });
    let subscribed = post(Some(&session), message("resources/subscribe", &params)).await.unwrap();
    assert_eq!(subscribed.status(), 200);
    assert_eq!(other.call(Method::POST, "/placed").await.unwrap().status(), 204);
    assert_eq!(next(&mut events).await["params"]["uri"], "topic:placed");
}
