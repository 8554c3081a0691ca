//! Endpoints that stream: progress, results, and calls that end early.

use std::time::Duration;

use bytes::Bytes;
use hyperpoint::http::{HeaderValue, StatusCode};
use hyperpoint::prelude::*;
use hyperpoint::{Application, OnError, StreamItem};
use hyperpoint_mcp::{OfferTool, ServeMcp};
use serde_json::{Value, json};

use super::message::{ask, ask_with, messages, post, send, stateless};
use crate::wire::memory::Memory;
use crate::wire::{Probe, eventually};

#[derive(Serialize, JsonSchema, Events)]
enum Step {
    Packed { progress: u32, total: u32, message: String },
    Shipped { carrier: String },
    Noted { note: String },
}

#[derive(Deserialize, JsonSchema)]
struct Shipment {
    /// When to stop: `never`, `fails`, `empty`.
    #[serde(default)]
    how: String,
}

/// Ships an order.
#[derive(Endpoint)]
struct Ship {
    probe: Arc<Probe>,
}

fn packed(progress: u32) -> Step {
    Step::Packed { progress, total: 2, message: format!("box {progress}") }
}

impl Endpoint for Ship {
    type Request = Shipment;
    type Response = Events<Step>;

    fn configure(config: &mut Config) {
        config.post("/shipments");
        config.allow_anonymous();
        config.tool().name("ship").result_event("shipped");
    }

    async fn handle(&self, Shipment { how }: Shipment, cx: Cx<'_, Self>) -> Result {
        if how == "refused" {
            return Err(Problem::new(StatusCode::CONFLICT).detail("it is on its way"));
        }
        let guard = self.probe.guard();
        cx.send
            .events_async(try_stream! {
                let _guard = guard;
                if how != "empty" {
                    yield packed(1);
                }
                if how == "never" {
                    std::future::pending::<()>().await;
                }
                if how == "fails" {
                    Err("the lorry is full")?;
                }
                if how != "empty" {
                    yield packed(2);
                    yield Step::Shipped { carrier: "north".to_owned() };
                }
                yield Step::Noted { note: "after the result".to_owned() };
            })
            .await
    }
}

/// Counts, for `EventSource`.
#[derive(Endpoint)]
struct Count;

impl Endpoint for Count {
    type Request = ();
    type Response = Events<u32>;

    fn configure(config: &mut Config) {
        config.get("/count");
        config.allow_anonymous();
        config.tool();
    }

    async fn handle(&self, (): (), cx: Cx<'_, Self>) -> Result {
        let numbers = stream! {
            for number in 1..=3 {
                yield number;
            }
        };
        cx.send.event_stream_async("number", numbers).done().await
    }
}

/// Fails, for `EventSource`.
#[derive(Endpoint)]
struct Failing;

impl Endpoint for Failing {
    type Request = ();
    type Response = Events<u32>;

    fn configure(config: &mut Config) {
        config.get("/failing");
        config.allow_anonymous();
        config.tool();
    }

    async fn handle(&self, (): (), cx: Cx<'_, Self>) -> Result {
        let numbers = try_stream! {
            yield 1;
            Err(Problem::new(StatusCode::BAD_GATEWAY).detail("the warehouse is closed"))?;
        };
        cx.send.event_stream_async("number", numbers).await
    }
}

#[derive(Deserialize, JsonSchema)]
struct Policy {
    /// What the client hears of the failure: `nothing`, or an item.
    hears: String,
}

/// Fails, and sends no event `problem`.
#[derive(Endpoint)]
struct FailingQuietly;

impl Endpoint for FailingQuietly {
    type Request = Policy;
    type Response = Events<u32>;

    fn configure(config: &mut Config) {
        config.get("/failing-quietly");
        config.allow_anonymous();
        config.tool();
    }

    async fn handle(&self, Policy { hears }: Policy, cx: Cx<'_, Self>) -> Result {
        let numbers = try_stream! {
            yield 1;
            Err("the warehouse is closed")?;
        };
        let stream = cx.send.event_stream_async("number", numbers);
        match hears.as_str() {
            "nothing" => stream.on_error(OnError::End).await,
            _ => stream.on_error_item(|_| StreamItem::text("sorry")).await,
        }
    }
}

fn host(probe: &Arc<Probe>) -> Host {
    Host::empty()
        .endpoint::<FailingQuietly>()
        .endpoint::<Ship>()
        .endpoint::<Count>()
        .endpoint::<Failing>()
        .service(Arc::clone(probe))
        .mcp(|mcp| mcp.allow_anonymous())
}

fn app() -> Application {
    host(&Probe::new()).build().unwrap()
}

async fn with_progress(app: &Application, name: &str, arguments: Value) -> Vec<Value> {
    let meta = json!({ "progressToken": "token" });
    let params = json!({ "name": name, "arguments": arguments, "_meta": meta });
    let answered = ask(app, "tools/call", params).await;
    assert_eq!(answered.headers["content-type"], "text/event-stream");
    assert_eq!(answered.headers["x-accel-buffering"], "no");
    answered.body.as_array().unwrap().clone()
}

#[tokio::test(start_paused = true)]
async fn each_event_before_the_result_is_progress() {
    let messages = with_progress(&app(), "ship", json!({})).await;
    let progress = |number: u32| {
        json!({
            "jsonrpc": "2.0",
            "method": "notifications/progress",
            "params": {
                "progressToken": "token", "progress": number, "total": 2,
                "message": format!("box {number}"),
            },
        })
    };
    assert_eq!(messages[..2], [progress(1), progress(2)]);
    assert_eq!((messages.len(), &messages[2]["id"]), (3, &json!(7)));
    let result = &messages[2]["result"];
    assert_eq!(result["structuredContent"], json!({ "carrier": "north" }));
    assert_eq!((&result["isError"], &result["resultType"]), (&json!(false), &json!("complete")));
}

#[tokio::test(start_paused = true)]
async fn without_a_token_there_is_the_result_alone() {
    let app = app();
    let params = json!({ "name": "count", "arguments": {} });
    let answered = ask(&app, "tools/call", params.clone()).await;
    assert_eq!(answered.body.as_array().unwrap().len(), 1);
    assert_eq!(answered.body[0]["result"]["structuredContent"], 3);
    // A client that takes no events gets a message.
    let request = http::Request::post("/mcp")
        .header("host", "localhost")
        .header("content-type", "application/json")
        .header("accept", "application/json");
    let answered = ask_with(&app, request, "tools/call", params).await;
    assert_eq!(answered.result()["structuredContent"], 3);
}

#[tokio::test(start_paused = true)]
async fn a_client_that_refuses_events_by_a_weight_of_zero_gets_a_message() {
    let app = app();
    for (accept, is_stream) in [
        ("application/json, text/event-stream;q=0", false),
        ("text/event-stream; q=0.000, */*", false),
        ("text/*;q=0, application/json", false),
        ("*/*;q=0, text/event-stream", true),
        ("text/event-stream;q=0.5", true),
    ] {
        let request = http::Request::post("/mcp")
            .header("host", "localhost")
            .header("content-type", "application/json")
            .header("accept", accept);
        let params = json!({ "name": "count", "arguments": {} });
        let answered = ask_with(&app, request, "tools/call", params).await;
        assert_eq!(answered.headers["content-type"] == "text/event-stream", is_stream, "{accept}");
    }
}

#[tokio::test(start_paused = true)]
async fn events_of_the_host_are_no_progress() {
    let messages = with_progress(&app(), "count", json!({})).await;
    let progress: Vec<_> =
        messages[..3].iter().map(|message| &message["params"]["message"]).collect();
    assert_eq!(progress, ["1", "2", "3"]);
    assert_eq!((messages.len(), &messages[3]["result"]["structuredContent"]), (4, &json!(3)));
}

#[tokio::test(start_paused = true)]
async fn a_stream_that_fails_is_an_error_of_the_tool() {
    let app = app();
    let messages = with_progress(&app, "failing", json!({})).await;
    let result = &messages.last().unwrap()["result"];
    assert_eq!(
        (&result["isError"], &result["structuredContent"]["status"]),
        (&json!(true), &json!(502))
    );
    let messages = with_progress(&app, "ship", json!({ "how": "fails" })).await;
    let result = &messages.last().unwrap()["result"];
    assert_eq!((messages.len(), &result["isError"]), (2, &json!(true)));
    assert!(!result.to_string().contains("lorry"), "{result}");
    let messages = with_progress(&app, "ship", json!({ "how": "empty" })).await;
    let result = &messages.last().unwrap()["result"];
    assert_eq!((messages.len(), &result["isError"]), (2, &json!(true)));
}

#[tokio::test(start_paused = true)]
async fn a_stream_that_fails_and_ends_cleanly_is_an_error_of_the_tool() {
    let app = app();
    for hears in ["nothing", "an item"] {
        let messages = with_progress(&app, "failingQuietly", json!({ "hears": hears })).await;
        let result = &messages.last().unwrap()["result"];
        assert_eq!(result["isError"], true, "{hears}: {result}");
        assert!(!result.to_string().contains("warehouse"), "{result}");
    }
}

#[tokio::test(start_paused = true)]
async fn without_the_limits_of_the_host_a_message_does_not_count_beside_its_call() {
    let host = Host::empty().defaults(|host| host.streams_per_user(1)).endpoint::<Count>();
    let host = host.mcp(|mcp| {
        mcp.allow_anonymous();
        mcp.lift_limits();
    });
    let app = host.build().unwrap();
    for _ in 0..2 {
        let messages = with_progress(&app, "count", json!({})).await;
        assert_eq!(messages.last().unwrap()["result"]["structuredContent"], 3);
    }
}

#[tokio::test(start_paused = true)]
async fn a_call_whose_stream_is_over_a_limit_does_not_begin() {
    let probe = Probe::new();
    let host = Host::empty().endpoint::<Ship>().service(Arc::clone(&probe));
    let host = host.mcp(|mcp| {
        mcp.allow_anonymous();
        mcp.streams_per_user(1);
    });
    let app = host.build().unwrap();
    let params =
        json!({ "name": "ship", "arguments": { "how": "never" }, "_meta": { "progressToken": 1 } });
    let request = post()
        .header("mcp-protocol-version", "2026-07-28")
        .header("mcp-method", "tools/call")
        .header("mcp-name", "ship");
    let body = stateless("tools/call", params.clone()).to_string();
    let mut first = Memory::ask(&app, request.body(body).unwrap()).await;
    assert_eq!(messages(&first.frame().await.unwrap()).len(), 1);
    let refused = ask(&app, "tools/call", params.clone()).await;
    assert_eq!((refused.status.as_u16(), probe.started()), (429, 1));
    drop(first);
    let params = json!({ "name": "ship", "arguments": {} });
    assert_eq!(ask(&app, "tools/call", params).await.status, 200);
}

#[tokio::test(start_paused = true)]
async fn a_refusal_before_the_stream_is_an_error_of_the_tool() {
    let params = json!({ "name": "ship", "arguments": { "how": "refused" } });
    let answered = ask(&app(), "tools/call", params).await;
    assert_eq!(answered.result()["structuredContent"]["detail"], "it is on its way");
}

#[tokio::test(start_paused = true)]
async fn a_client_that_closes_the_stream_drops_the_handler() {
    let probe = Probe::new();
    let app = host(&probe).build().unwrap();
    let request = post()
        .header("mcp-protocol-version", "2026-07-28")
        .header("mcp-method", "tools/call")
        .header("mcp-name", "ship");
    let params = json!({
        "name": "ship", "arguments": { "how": "never" }, "_meta": { "progressToken": 1 },
    });
    let body = stateless("tools/call", params).to_string();
    let mut memory = Memory::ask(&app, request.body(body).unwrap()).await;
    let first = messages(&memory.frame().await.unwrap());
    assert_eq!((first.len(), probe.dropped()), (1, 0));
    drop(memory);
    assert_eq!(probe.dropped(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_stream_shares_no_memory_with_the_head_of_its_request() {
    let shared = Bytes::from(b"from the read buffer of a connection".to_vec());
    let app = host(&Probe::new()).build().unwrap();
    let request = post()
        .header("mcp-protocol-version", "2026-07-28")
        .header("mcp-method", "tools/call")
        .header("mcp-name", "ship")
        .header("x-note", HeaderValue::from_maybe_shared(shared.clone()).unwrap());
    let params = json!({
        "name": "ship", "arguments": { "how": "never" }, "_meta": { "progressToken": 1 },
    });
    let body = stateless("tools/call", params).to_string();
    let mut memory = Memory::ask(&app, request.body(body).unwrap()).await;
    assert_eq!(messages(&memory.frame().await.unwrap()).len(), 1);
    assert!(shared.is_unique());
}

#[tokio::test(start_paused = true)]
async fn a_cancelled_notification_drops_the_handler_of_its_own_session_alone() {
    let probe = Probe::new();
    let app = host(&probe).build().unwrap();
    let of = |session: &str| post().header("mcp-session-id", session.to_owned());
    let params = json!({
        "name": "ship", "arguments": { "how": "never" }, "_meta": { "progressToken": 1 },
    });
    let body = json!({ "jsonrpc": "2.0", "id": 5, "method": "tools/call", "params": params });
    let mut memory = Memory::ask(&app, of("a").body(body.to_string()).unwrap()).await;
    assert_eq!(messages(&memory.frame().await.unwrap()).len(), 1);
    let cancel = json!({
        "jsonrpc": "2.0", "method": "notifications/cancelled", "params": { "requestId": 5 },
    });
    assert_eq!(send(&app, of("b"), &cancel).await.status, 202);
    assert!(memory.poll().is_pending());
    assert_eq!(send(&app, of("a"), &cancel).await.status, 202);
    assert_eq!(memory.rest().await, "");
    assert_eq!(probe.dropped(), 1);
}

#[tokio::test]
async fn a_client_that_disconnects_over_a_socket_drops_the_handler_at_once() {
    let probe = Probe::new();
    let running = host(&probe).bind("127.0.0.1:0").start().await.unwrap();
    let params = json!({ "name": "ship", "arguments": { "how": "never" } });
    let body = stateless("tools/call", params).to_string();
    let request = format!(
        "POST /mcp HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\n\
         mcp-protocol-version: 2026-07-28\r\nmcp-method: tools/call\r\nmcp-name: ship\r\n\
         content-length: {}\r\n\r\n{body}",
        body.len()
    );
    let mut socket = tokio::net::TcpStream::connect(running.address()).await.unwrap();
    tokio::io::AsyncWriteExt::write_all(&mut socket, request.as_bytes()).await.unwrap();
    eventually(|| probe.started() == 1).await;
    let since = std::time::Instant::now();
    drop(socket);
    probe.until_dropped(1).await;
    assert!(since.elapsed() < Duration::from_secs(1), "{:?}", since.elapsed());
}
