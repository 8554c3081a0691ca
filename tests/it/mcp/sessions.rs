//! Sessions of clients before 2026-07-28, which subscribe to topics.

use std::time::Duration;

use http::request::Builder;
use http::{Method, Request, StatusCode};
use hyperpoint::prelude::*;
use hyperpoint::{Application, TopicName};
use hyperpoint_mcp::Mcp;
use serde_json::{Value, json};
use tokio::time::Instant;

use super::message::{Answered, messages, post, send};
use super::shop::{CLERK, CUSTOMER, host};
use crate::wire::memory::Memory;

const PLACED: TopicName<u32> = TopicName::new("placed");
const AUDIT: TopicName<u32> = TopicName::new("audit");

/// The application, and its topics.
fn shop(describe: impl FnOnce(&mut Mcp)) -> (Application, Topics) {
    use hyperpoint_mcp::ServeMcp;
    let topics = Topics::default();
    let host = host().service(Arc::new(topics.clone())).mcp(|mcp| {
        mcp.allow_anonymous();
        mcp.topic(PLACED, |topic| topic.allow_anonymous());
        mcp.topic(AUDIT, |topic| topic.roles(["clerk"]));
        describe(mcp);
    });
    (host.build().unwrap(), topics)
}

/// A client of 2025-11-25.
struct Client<'a> {
    app: &'a Application,
    key: &'a str,
    session: String,
    /// The capability of resources.
    resources: Value,
}

impl<'a> Client<'a> {
    async fn connect(app: &'a Application, key: &'a str) -> Self {
        let params = json!({ "protocolVersion": "2025-11-25", "capabilities": {} });
        let mut client = Self { app, key, session: String::new(), resources: Value::Null };
        let answered = client.ask("initialize", params).await;
        client.session = answered.headers["mcp-session-id"].to_str().unwrap().into();
        client.resources = answered.result()["capabilities"]["resources"].clone();
        client
    }

    fn head(&self, request: Builder) -> Builder {
        let request = request.header("mcp-protocol-version", "2025-11-25");
        let request = match self.key {
            "" => request,
            key => request.header("x-api-key", key),
        };
        match self.session.as_str() {
            "" => request,
            session => request.header("mcp-session-id", session),
        }
    }

    async fn ask(&self, method: &str, params: Value) -> Answered {
        let body = json!({ "jsonrpc": "2.0", "id": 1, "method": method, "params": params });
        send(self.app, self.head(post()), &body).await
    }

    async fn subscribe(&self, uri: &str) -> Answered {
        self.ask("resources/subscribe", json!({ "uri": uri })).await
    }

    async fn http(&self, method: Method) -> Memory {
        let request = Request::builder().method(method).uri("/mcp").header("host", "localhost");
        let request = self.head(request).header("accept", "text/event-stream");
        Memory::ask(self.app, request.body(String::new()).unwrap()).await
    }

    /// Opens the stream of notifications.
    async fn listen(&self) -> Memory {
        let memory = self.http(Method::GET).await;
        assert_eq!(memory.head.status, StatusCode::OK);
        assert_eq!(memory.head.headers["content-type"], "text/event-stream");
        memory
    }
}

/// Returns the URI of the next change. Fails if there is none for an hour.
async fn changed(memory: &mut Memory) -> Option<String> {
    let next = async {
        while let Some(frame) = memory.frame().await {
            if let Some(message) = messages(&frame).pop() {
                assert_eq!(message["method"], "notifications/resources/updated");
                return Some(message["params"]["uri"].as_str().unwrap().to_owned());
            }
        }
        None
    };
    tokio::time::timeout(Duration::from_hours(1), next).await.unwrap()
}

async fn is_silent(memory: &mut Memory) -> bool {
    let next = async {
        // Not the comments that keep the connection.
        while messages(&memory.frame().await.unwrap()).is_empty() {}
    };
    tokio::time::timeout(Duration::from_mins(10), next).await.is_err()
}

#[tokio::test(start_paused = true)]
async fn a_client_hears_of_the_topics_that_it_has_subscribed_to() {
    let (app, topics) = shop(|_| {});
    let client = Client::connect(&app, CLERK).await;
    assert_eq!(client.resources, json!({ "subscribe": true }));
    let mut memory = client.listen().await;
    assert_eq!(*client.subscribe("topic:placed").await.result(), json!({}));
    assert_eq!(*client.subscribe("topic:placed").await.result(), json!({}));
    topics.topic(AUDIT).publish(&1).await.unwrap();
    topics.topic(PLACED).publish(&1).await.unwrap();
    assert_eq!(changed(&mut memory).await.unwrap(), "topic:placed");
    assert!(is_silent(&mut memory).await);
    client.subscribe("topic:audit").await;
    topics.topic(AUDIT).publish(&2).await.unwrap();
    assert_eq!(changed(&mut memory).await.unwrap(), "topic:audit");
    let params = json!({ "uri": "topic:audit" });
    assert_eq!(*client.ask("resources/unsubscribe", params).await.result(), json!({}));
    topics.topic(AUDIT).publish(&3).await.unwrap();
    assert!(is_silent(&mut memory).await);
    assert_eq!(topics.topic(AUDIT).subscribers(), 0);
    assert_eq!(client.http(Method::DELETE).await.head.status, StatusCode::NO_CONTENT);
    assert_eq!(changed(&mut memory).await, None);
    assert_eq!(topics.topic(PLACED).subscribers(), 0);
}

#[tokio::test(start_paused = true)]
async fn a_change_between_two_streams_is_sent_on_the_next_one() {
    let (app, topics) = shop(|_| {});
    let client = Client::connect(&app, "").await;
    client.subscribe("topic:placed").await;
    topics.topic(PLACED).publish(&1).await.unwrap();
    let mut first = client.listen().await;
    assert_eq!(changed(&mut first).await.unwrap(), "topic:placed");
    let mut second = client.listen().await;
    // A message is sent on one stream: the newest.
    assert_eq!(changed(&mut first).await, None);
    topics.topic(PLACED).publish(&2).await.unwrap();
    assert_eq!(changed(&mut second).await.unwrap(), "topic:placed");
}

#[tokio::test]
async fn a_session_that_has_ended_is_a_404_and_one_of_another_process_is_a_name() {
    let (app, _) = shop(|_| {});
    let mut client = Client::connect(&app, CUSTOMER).await;
    let mut other = Client::connect(&app, CLERK).await;
    other.session = client.session.clone();
    let is_unknown = async |client: &Client<'_>, methods: &[&str]| {
        for method in methods {
            let refused = client.ask(method, json!({ "uri": "topic:placed" })).await;
            assert_eq!(refused.error(), (404, -32001), "{method}");
        }
        for method in [Method::GET, Method::DELETE] {
            assert_eq!(client.http(method).await.head.status, StatusCode::NOT_FOUND);
        }
    };
    // A session is its user's alone.
    is_unknown(&other, &["resources/subscribe", "tools/list", "tools/call", "ping"]).await;
    assert_eq!(client.ask("tools/list", json!({})).await.status, StatusCode::OK);
    client.http(Method::DELETE).await;
    is_unknown(&client, &["resources/subscribe", "resources/unsubscribe"]).await;
    is_unknown(&client, &["tools/list", "tools/call"]).await;
    let again = Client::connect(&app, CUSTOMER).await;
    assert_ne!(again.session, client.session);
    client.session = "a-session-of-another-node".to_owned();
    is_unknown(&client, &["resources/subscribe", "resources/unsubscribe"]).await;
    assert_eq!(client.ask("tools/list", json!({})).await.status, StatusCode::OK);
}

#[tokio::test(start_paused = true)]
async fn a_stream_that_is_refused_and_a_head_leave_the_open_stream() {
    for (limit, method, expected) in [
        (1, Method::GET, StatusCode::TOO_MANY_REQUESTS),
        (2, Method::HEAD, StatusCode::METHOD_NOT_ALLOWED),
    ] {
        let (app, topics) = shop(|mcp| mcp.streams_per_user(limit));
        let client = Client::connect(&app, CUSTOMER).await;
        client.subscribe("topic:placed").await;
        let mut memory = client.listen().await;
        assert_eq!(client.http(method).await.head.status, expected);
        topics.topic(PLACED).publish(&1).await.unwrap();
        assert_eq!(changed(&mut memory).await.unwrap(), "topic:placed");
    }
}

#[tokio::test(start_paused = true)]
async fn an_idle_session_leaves_its_topics_when_another_caller_initializes() {
    let (app, topics) = shop(|mcp| mcp.session_idle(Duration::from_mins(1)));
    Client::connect(&app, CUSTOMER).await.subscribe("topic:placed").await;
    assert_eq!(topics.topic(PLACED).subscribers(), 1);
    tokio::time::advance(Duration::from_mins(2)).await;
    Client::connect(&app, CLERK).await;
    assert_eq!(topics.topic(PLACED).subscribers(), 0);
}

#[tokio::test(start_paused = true)]
async fn a_session_expires_when_it_is_idle_and_not_while_it_has_a_stream() {
    let (app, _) = shop(|mcp| mcp.session_idle(Duration::from_mins(1)));
    let client = Client::connect(&app, CUSTOMER).await;
    let memory = client.listen().await;
    tokio::time::advance(Duration::from_mins(2)).await;
    assert_eq!(client.ask("ping", json!({})).await.status, StatusCode::OK);
    drop(memory);
    tokio::time::advance(Duration::from_mins(2)).await;
    assert_eq!(client.ask("ping", json!({})).await.error(), (404, -32001));
}

#[tokio::test]
async fn a_subscription_needs_a_session_and_access() {
    let (app, _) = shop(|_| {});
    let mut client = Client::connect(&app, CUSTOMER).await;
    for uri in ["topic:audit", "topic:none"] {
        assert_eq!(client.subscribe(uri).await.error(), (200, -32002), "{uri}");
    }
    let anonymous = Client::connect(&app, "").await;
    assert_eq!(anonymous.subscribe("topic:audit").await.status, StatusCode::UNAUTHORIZED);
    client.session.clear();
    assert_eq!(client.subscribe("topic:placed").await.error(), (400, -32600));
    for method in [Method::GET, Method::DELETE] {
        let refused = client.http(method).await.head;
        assert_eq!(refused.status, StatusCode::METHOD_NOT_ALLOWED);
        assert_eq!(refused.headers["allow"], "OPTIONS, POST");
    }
}

#[tokio::test]
async fn sessions_are_bounded_and_a_client_without_one_is_served_without_subscriptions() {
    let (app, _) = shop(|mcp| mcp.sessions_per_caller(2));
    let first = Client::connect(&app, CUSTOMER).await;
    let _streams = (first.listen().await, Client::connect(&app, CUSTOMER).await.listen().await);
    let third = Client::connect(&app, CUSTOMER).await;
    assert_eq!(third.resources, json!({}));
    assert_eq!(third.ask("tools/list", json!({})).await.status, StatusCode::OK);
    assert_eq!(third.subscribe("topic:placed").await.error(), (404, -32001));
    assert_eq!(Client::connect(&app, CLERK).await.resources, json!({ "subscribe": true }));
    for describe in
        [|mcp: &mut Mcp| mcp.sessions_per_caller(0), |mcp: &mut Mcp| mcp.sessions_per_host(0)]
    {
        let (app, _) = shop(describe);
        let client = Client::connect(&app, CUSTOMER).await;
        assert_eq!(client.resources, json!({}));
        assert_eq!(client.subscribe("topic:placed").await.error(), (200, -32601));
        assert_eq!(client.http(Method::GET).await.head.status, StatusCode::METHOD_NOT_ALLOWED);
    }
}

#[tokio::test]
async fn many_initializes_leave_a_bounded_number_of_sessions() {
    let (app, topics) = shop(|mcp| mcp.sessions_per_caller(10));
    for _ in 0..1_000 {
        let client = Client::connect(&app, CUSTOMER).await;
        assert_eq!(client.subscribe("topic:placed").await.status, StatusCode::OK);
    }
    assert_eq!(topics.topic(PLACED).subscribers(), 10);
}

#[tokio::test]
async fn a_stream_checks_the_host_and_the_revision() {
    let (app, _) = shop(|_| {});
    let client = Client::connect(&app, CUSTOMER).await;
    let get = |host: &str, version: &str| {
        let request = Request::get("/mcp").header("host", host).header("x-api-key", CUSTOMER);
        let request = request.header("mcp-protocol-version", version);
        request.header("mcp-session-id", client.session.clone()).body(String::new()).unwrap()
    };
    let foreign = Memory::ask(&app, get("attacker.example", "2025-11-25")).await;
    assert_eq!(foreign.head.status, StatusCode::MISDIRECTED_REQUEST);
    let newer = Memory::ask(&app, get("localhost", "2026-07-28")).await;
    assert_eq!(newer.head.status, StatusCode::BAD_REQUEST);
}

#[tokio::test(start_paused = true)]
async fn a_stream_ends_at_once_when_the_host_stops() {
    let (app, _) = shop(|_| {});
    let client = Client::connect(&app, CUSTOMER).await;
    let mut memory = client.listen().await;
    let start = Instant::now();
    app.stopping().request();
    assert_eq!((memory.rest().await, start.elapsed()), (String::new(), Duration::ZERO));
}
