//! Topics as resources: their newest events, and the one long stream that tells of changes.

use std::time::Duration;

use hyperpoint::http::header::WWW_AUTHENTICATE;
use hyperpoint::prelude::*;
use hyperpoint::{Application, TopicName};
use hyperpoint_mcp::{Mcp, ServeMcp};
use serde_json::{Value, json};
use tokio::time::Instant;

use super::message::{Answered, ask, ask_initialized, ask_with, messages, post, send, stateless};
use super::shop::{CLERK, CUSTOMER, host, shop_with};
use crate::wire::memory::Memory;

const PLACED: TopicName<u32> = TopicName::new("placed");
const AUDIT: TopicName<String> = TopicName::new("audit");

fn with_topics(mcp: &mut Mcp) {
    mcp.allow_anonymous();
    mcp.topic(PLACED, |topic| {
        topic.title("Orders that were placed");
        topic.description("The numbers of orders, the newest last.");
        topic.newest(2);
        topic.allow_anonymous();
    });
    mcp.topic(AUDIT, |topic| {
        topic.uri("shop://audit");
        topic.roles(["clerk"]);
    });
}

/// The application, and its topics.
fn shop() -> (Application, Topics) {
    let topics = Topics::default();
    let host = host().service(Arc::new(topics.clone())).mcp(with_topics);
    (host.build().unwrap(), topics)
}

async fn as_user(app: &Application, key: &str, method: &str, params: Value) -> Answered {
    let request = post().header("x-api-key", key);
    let uri = params.get("uri").and_then(Value::as_str).map(str::to_owned);
    let request = uri.into_iter().fold(request, |request, uri| request.header("mcp-name", uri));
    ask_with(app, request, method, params).await
}

async fn read(app: &Application, key: &str, uri: &str) -> Answered {
    as_user(app, key, "resources/read", json!({ "uri": uri })).await
}

fn uris(answered: &Answered) -> Vec<&str> {
    let listed = answered.result()["resources"].as_array().unwrap();
    listed.iter().map(|entry| entry["uri"].as_str().unwrap()).collect()
}

/// Opens `subscriptions/listen` for these URIs.
async fn listen(app: &Application, key: &str, filter: Value) -> Memory {
    let request = post()
        .header("x-api-key", key)
        .header("mcp-protocol-version", "2026-07-28")
        .header("mcp-method", "subscriptions/listen");
    let body = stateless("subscriptions/listen", json!({ "notifications": filter }));
    Memory::ask(app, request.body(body.to_string()).unwrap()).await
}

async fn next(memory: &mut Memory) -> Value {
    loop {
        let frame = memory.frame().await.unwrap();
        // Not the comments that keep the connection.
        if let Some(message) = messages(&frame).pop() {
            return message;
        }
    }
}

fn acknowledged(agreed: &Value) -> Value {
    json!({
        "jsonrpc": "2.0",
        "method": "notifications/subscriptions/acknowledged",
        "params": {
            "_meta": { "io.modelcontextprotocol/subscriptionId": 7 },
            "notifications": agreed,
        },
    })
}

fn updated(uri: &str) -> Value {
    json!({
        "jsonrpc": "2.0",
        "method": "notifications/resources/updated",
        "params": { "_meta": { "io.modelcontextprotocol/subscriptionId": 7 }, "uri": uri },
    })
}

#[tokio::test]
async fn each_caller_is_listed_the_topics_that_it_may_read() {
    let (app, _) = shop();
    let of_clerk = as_user(&app, CLERK, "resources/list", json!({})).await;
    assert_eq!(uris(&of_clerk), ["topic:placed", "shop://audit"]);
    let entry = json!({
        "uri": "topic:placed", "name": "placed", "mimeType": "application/json",
        "title": "Orders that were placed",
        "description": "The numbers of orders, the newest last.",
    });
    assert_eq!(of_clerk.result()["resources"][0], entry);
    assert_eq!(of_clerk.result()["cacheScope"], "private");
    let of_customer = as_user(&app, CUSTOMER, "resources/list", json!({})).await;
    assert_eq!(uris(&of_customer), ["topic:placed"]);
    assert_eq!(uris(&ask_initialized(&app, "resources/list", json!({})).await), ["topic:placed"]);
    let templates = ask(&app, "resources/templates/list", json!({})).await;
    assert_eq!(templates.result()["resourceTemplates"], json!([]));
}

#[tokio::test]
async fn changes_are_offered_in_every_revision() {
    let (app, _) = shop();
    let discovered = ask(&app, "server/discover", json!({})).await;
    assert_eq!(discovered.result()["capabilities"]["resources"], json!({ "subscribe": true }));
    let params = json!({ "protocolVersion": "2025-11-25", "capabilities": {} });
    let initialized = ask_initialized(&app, "initialize", params).await;
    assert_eq!(initialized.result()["capabilities"]["resources"], json!({ "subscribe": true }));
}

#[tokio::test]
async fn the_newest_events_are_read_with_the_oldest_of_them_first() {
    let (app, topics) = shop();
    let mut ids = Vec::new();
    for number in 1..=3 {
        ids.push(topics.topic(PLACED).publish(&number).await.unwrap().id().to_string());
    }
    let answered = read(&app, CUSTOMER, "topic:placed").await;
    let contents = &answered.result()["contents"][0];
    assert_eq!(
        (&contents["uri"], &contents["mimeType"]),
        (&json!("topic:placed"), &json!("application/json"))
    );
    let events: Value = serde_json::from_str(contents["text"].as_str().unwrap()).unwrap();
    let event =
        |number: usize| json!({ "id": ids[number - 1], "event": "message", "data": number });
    assert_eq!(events, json!([event(2), event(3)]));
    assert_eq!(
        (&answered.result()["ttlMs"], &answered.result()["resultType"]),
        (&json!(0), &json!("complete"))
    );
}

#[tokio::test]
async fn a_topic_that_is_not_for_the_caller_is_as_unknown_as_none() {
    let (app, _) = shop();
    let allowed = read(&app, CLERK, "shop://audit").await;
    assert_eq!(allowed.result()["contents"][0]["text"], "[]");
    for uri in ["shop://audit", "topic:none", "topic:audit"] {
        let refused = read(&app, CUSTOMER, uri).await;
        assert_eq!(
            (refused.error(), &refused.body["error"]["data"]["uri"]),
            ((200, -32602), &json!(uri))
        );
    }
    // A client without credentials gets a 401 with a challenge.
    let request = post().header("mcp-name", "shop://audit");
    let refused = ask_with(&app, request, "resources/read", json!({ "uri": "shop://audit" })).await;
    assert_eq!((refused.status.as_u16(), &refused.body["status"]), (401, &json!(401)));
    assert!(refused.headers.contains_key(WWW_AUTHENTICATE));
    let params = json!({ "uri": "topic:none" });
    let before = ask_initialized(&app, "resources/read", params).await;
    assert_eq!(before.error(), (200, -32002));
}

#[tokio::test(start_paused = true)]
async fn a_burst_of_events_is_one_change_and_one_more() {
    let (app, topics) = shop();
    let filter = json!({
        "toolsListChanged": true,
        "resourceSubscriptions": ["topic:placed", "topic:none", "topic:placed", "shop://audit", 7],
    });
    let mut memory = listen(&app, CUSTOMER, filter).await;
    let agreed = json!({ "resourceSubscriptions": ["topic:placed"] });
    assert_eq!(next(&mut memory).await, acknowledged(&agreed));
    for number in 0..500 {
        topics.topic(PLACED).publish(&number).await.unwrap();
        topics.topic(AUDIT).publish(&"secret".to_owned()).await.unwrap();
    }
    let start = Instant::now();
    assert_eq!(next(&mut memory).await, updated("topic:placed"));
    assert_eq!(start.elapsed(), Duration::ZERO);
    let second = next(&mut memory).await;
    assert_eq!((second, start.elapsed().as_secs()), (updated("topic:placed"), 1));
    let third = tokio::time::timeout(Duration::from_hours(1), next(&mut memory)).await;
    assert!(third.is_err());
}

#[tokio::test(start_paused = true)]
async fn a_thousand_listeners_hold_one_change_each_and_leave_nothing() {
    let (app, topics) = shop();
    let filter = json!({ "resourceSubscriptions": ["topic:placed"] });
    let mut listeners = Vec::new();
    for _ in 0..1_000 {
        let mut memory = listen(&app, CUSTOMER, filter.clone()).await;
        assert_eq!(next(&mut memory).await, acknowledged(&filter));
        listeners.push(memory);
    }
    for number in 0..100 {
        topics.topic(PLACED).publish(&number).await.unwrap();
    }
    for memory in &mut listeners {
        assert_eq!(next(memory).await, updated("topic:placed"));
    }
    assert_eq!(topics.topic(PLACED).subscribers(), 1_000);
    drop(listeners);
    assert_eq!(topics.topic(PLACED).subscribers(), 0);
}

#[tokio::test(start_paused = true)]
async fn who_listens_to_nothing_is_told_so_and_waits() {
    let (app, _) = shop();
    let mut memory = listen(&app, CUSTOMER, json!({ "promptsListChanged": true })).await;
    assert_eq!(next(&mut memory).await, acknowledged(&json!({})));
    let more = tokio::time::timeout(Duration::from_hours(1), next(&mut memory)).await;
    assert!(more.is_err());
    // A server without topics has no such method.
    let app = shop_with(|mcp| mcp.allow_anonymous());
    let request = post()
        .header("mcp-protocol-version", "2026-07-28")
        .header("mcp-method", "subscriptions/listen");
    let refused = send(&app, request, &stateless("subscriptions/listen", json!({}))).await;
    assert_eq!(refused.error(), (404, -32601));
}

#[tokio::test(start_paused = true)]
async fn a_listen_stream_ends_at_once_with_its_response_when_the_host_stops() {
    let (app, _) = shop();
    let filter = json!({ "resourceSubscriptions": ["topic:placed"] });
    let mut memory = listen(&app, CUSTOMER, filter.clone()).await;
    assert_eq!(next(&mut memory).await, acknowledged(&filter));
    let start = Instant::now();
    app.stopping().request();
    let last = messages(&memory.rest().await);
    assert_eq!(start.elapsed(), Duration::ZERO);
    let result = json!({
        "resultType": "complete",
        "_meta": {
            "io.modelcontextprotocol/subscriptionId": 7,
            "io.modelcontextprotocol/serverInfo": { "name": "hyperpoint", "version": "0.0.0" },
        },
    });
    assert_eq!(last, [json!({ "jsonrpc": "2.0", "id": 7, "result": result })]);
}

#[test]
fn topics_with_the_same_uri_or_none_are_configuration_errors() {
    let host = host().mcp(|mcp| {
        mcp.authenticated();
        mcp.topic(PLACED, |_| {});
        mcp.topic(PLACED, |topic| topic.newest(0));
        mcp.topic(AUDIT, |topic| topic.uri("the audit"));
    });
    let errors = host.build().unwrap_err().to_string();
    for expected in
        ["two topics have the URI `topic:placed`", "`newest` is 0", "`the audit`: the URI"]
    {
        assert!(errors.contains(expected), "{errors}");
    }
}
