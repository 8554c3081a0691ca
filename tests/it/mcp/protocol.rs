//! The messages of both revisions, and the headers that repeat them.

use http::{Method, Request};
use serde_json::{Value, json};

use super::message::{ask, ask_initialized, post, send, stateless};
use super::shop::shop;
use crate::wire::memory::Memory;

#[tokio::test]
async fn discover_says_what_the_server_is() {
    let answered = ask(&shop(), "server/discover", json!({})).await;
    assert_eq!(
        *answered.result(),
        json!({
            "supportedVersions": ["2026-07-28", "2025-11-25", "2025-06-18", "2025-03-26"],
            "capabilities": { "tools": {} },
            "instructions": "Find an order first.",
            "ttlMs": 60_000,
            "cacheScope": "public",
            "resultType": "complete",
            "_meta": {
                "io.modelcontextprotocol/serverInfo": { "name": "shop", "version": "1.2.3" },
            },
        })
    );
}

#[tokio::test]
async fn an_older_client_initializes_and_pings() {
    let app = shop();
    for (asked, expected) in
        [("2025-11-25", "2025-11-25"), ("2025-03-26", "2025-03-26"), ("1999-01-01", "2025-11-25")]
    {
        let params = json!({ "protocolVersion": asked, "capabilities": {}, "clientInfo": {} });
        let answered = ask_initialized(&app, "initialize", params).await;
        let result = answered.result();
        assert_eq!(result["protocolVersion"], expected);
        assert_eq!(result["serverInfo"], json!({ "name": "shop", "version": "1.2.3" }));
        assert_eq!(answered.headers["mcp-session-id"].len(), 36);
    }
    assert_eq!(*ask_initialized(&app, "ping", json!({})).await.result(), json!({}));
    let initialized = json!({ "jsonrpc": "2.0", "method": "notifications/initialized" });
    assert_eq!(send(&app, post(), &initialized).await.status, 202);
    assert_eq!(ask_initialized(&app, "nothing", json!({})).await.error(), (200, -32601));
}

#[tokio::test]
async fn methods_of_other_revisions_and_of_http_are_refused() {
    let app = shop();
    for method in
        ["initialize", "ping", "logging/setLevel", "resources/subscribe", "unknown/method"]
    {
        assert_eq!(ask(&app, method, json!({})).await.error(), (404, -32601), "{method}");
    }
    for method in [Method::GET, Method::DELETE] {
        let request = Request::builder().method(method).uri("/mcp").header("host", "localhost");
        let memory = Memory::ask(&app, request.body(String::new()).unwrap()).await;
        assert_eq!(memory.head.status, 405);
        assert_eq!(memory.head.headers["allow"], "OPTIONS, POST");
    }
}

#[tokio::test]
async fn a_body_that_is_no_message_is_refused() {
    let app = shop();
    for (body, code) in [("{", -32700), ("[]", -32600), (r#"{"id":1,"method":"ping"}"#, -32600)] {
        let mut memory = Memory::ask(&app, post().body(body.to_owned()).unwrap()).await;
        let message: Value = serde_json::from_str(&memory.rest().await).unwrap();
        assert_eq!(
            (memory.head.status.as_u16(), message["error"]["code"].as_i64()),
            (400, Some(code))
        );
    }
    let text =
        Request::post("/mcp").header("host", "localhost").header("content-type", "text/plain");
    let memory = Memory::ask(&app, text.body(String::new()).unwrap()).await;
    assert_eq!(memory.head.status, 415);
    let response = json!({ "jsonrpc": "2.0", "id": 1, "result": {} });
    assert_eq!(send(&app, post(), &response).await.error(), (400, -32600));
}

#[tokio::test]
async fn a_call_that_is_invalid_json_or_repeats_a_member_is_refused() {
    let app = shop();
    let deep = format!(r#"{{"name":"findOrder","x":{}{}}}"#, "[".repeat(200), "]".repeat(200));
    for (params, code) in [
        (r#"{"name":"findOrder","arguments":{"id":1e999}}"#, -32700),
        (r#"{"name":"findOrder","arguments":{"id":"\ud800"}}"#, -32700),
        (r#"{"name":"findOrder","arguments":{"id":7,}}"#, -32700),
        (&deep, -32700),
        (r#"{"name":"findOrder","arguments":{"id":7},"arguments":{"id":8}}"#, -32600),
        (r#"{"name":"findOrder","_meta":[1]}"#, -32600),
        (r#"["findOrder",{"id":7}]"#, -32600),
    ] {
        let body = format!(r#"{{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{params}}}"#);
        let mut memory = Memory::ask(&app, post().body(body).unwrap()).await;
        let message: Value = serde_json::from_str(&memory.rest().await).unwrap();
        assert_eq!(memory.head.status, 400, "{params}");
        assert_eq!(message["error"]["code"], code, "{params}");
    }
}

#[tokio::test]
async fn a_request_needs_its_version_and_its_capabilities() {
    let app = shop();
    let head =
        || post().header("mcp-protocol-version", "2026-07-28").header("mcp-method", "tools/list");
    for missing in
        ["io.modelcontextprotocol/protocolVersion", "io.modelcontextprotocol/clientCapabilities"]
    {
        let mut body = stateless("tools/list", json!({}));
        body["params"]["_meta"].as_object_mut().unwrap().remove(missing);
        let answered = send(&app, head(), &body).await;
        assert_eq!((answered.error(), &answered.body["id"]), ((400, -32602), &json!(7)));
    }
    let without = json!({ "jsonrpc": "2.0", "id": 1, "method": "tools/list" });
    assert_eq!(send(&app, head(), &without).await.error(), (400, -32602));
}

#[tokio::test]
async fn an_unknown_version_names_the_known_ones() {
    let app = shop();
    let mut body = stateless("tools/list", json!({}));
    body["params"]["_meta"]["io.modelcontextprotocol/protocolVersion"] = json!("v999");
    let answered = send(&app, post().header("mcp-protocol-version", "v999"), &body).await;
    assert_eq!(answered.error(), (400, -32022));
    assert_eq!(answered.body["error"]["data"]["requested"], "v999");
    assert_eq!(answered.body["error"]["data"]["supported"][0], "2026-07-28");
    let older = json!({ "jsonrpc": "2.0", "id": 1, "method": "ping" });
    let answered = send(&app, post().header("mcp-protocol-version", "v999"), &older).await;
    assert_eq!(answered.error(), (400, -32022));
}

#[tokio::test]
async fn headers_that_disagree_with_the_body_are_refused() {
    let app = shop();
    let call = stateless("tools/call", json!({ "name": "greet", "arguments": {} }));
    let version = ("mcp-protocol-version", "2026-07-28");
    let (method, name) = (("mcp-method", "tools/call"), ("mcp-name", "greet"));
    let cases: [(&[(&str, &str)], bool); 11] = [
        (&[version, method, name], true),
        (&[version, method, ("mcp-name", "  greet  ")], true),
        (&[version, method, ("mcp-name", "=?base64?Z3JlZXQ=?=")], true),
        (&[("MCP-Protocol-Version", "2026-07-28"), ("MCP-METHOD", "tools/call"), name], true),
        (&[method, name], false),
        (&[("mcp-protocol-version", "2025-11-25"), method, name], false),
        (&[version, name], false),
        (&[version, ("mcp-method", "tools/list"), name], false),
        (&[version, ("mcp-method", "TOOLS/CALL"), name], false),
        (&[version, method], false),
        (&[version, method, ("mcp-name", "greet"), ("mcp-name", "cancel_order")], false),
    ];
    for (headers, is_served) in cases {
        let request =
            headers.iter().fold(post(), |request, (name, value)| request.header(*name, *value));
        let answered = send(&app, request, &call).await;
        match is_served {
            true => assert_eq!(answered.result()["isError"], false, "{headers:?}"),
            false => assert_eq!(answered.error(), (400, -32020), "{headers:?}"),
        }
    }
}

#[tokio::test]
async fn headers_that_are_there_agree_with_the_body_in_every_revision() {
    let app = shop();
    let body = json!({
        "jsonrpc": "2.0", "id": 1, "method": "tools/call",
        "params": { "name": "greet", "arguments": {} },
    });
    for (name, value, is_refused) in [
        ("mcp-name", "cancel_order", true),
        ("mcp-name", "greet", false),
        ("mcp-method", "tools/list", true),
        ("mcp-method", "tools/call", false),
    ] {
        for version in [None, Some("2025-11-25")] {
            let request = version
                .into_iter()
                .fold(post(), |request, version| request.header("mcp-protocol-version", version));
            let answered = send(&app, request.header(name, value), &body).await;
            assert_eq!(answered.error() == (400, -32020), is_refused, "{name}: {value}");
        }
    }
}

#[tokio::test]
async fn a_cursor_that_nobody_has_given_is_an_error() {
    let answered = ask(&shop(), "tools/list", json!({ "cursor": "page 2" })).await;
    assert_eq!(answered.error(), (200, -32602));
}
