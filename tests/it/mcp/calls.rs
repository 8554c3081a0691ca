//! Calls: each goes the whole way of its endpoint.

use http::{Request, Response};
use hyperpoint::http::{HeaderValue, StatusCode};
use hyperpoint::prelude::*;
use hyperpoint::{Application, FromServices, PreCx, PreProcessor, Sent, async_trait};
use hyperpoint_mcp::{OfferTool, ServeMcp};
use serde_json::{Value, json};
use tower::util::{MapRequestLayer, MapResponseLayer};

use super::message::{ask, ask_initialized, ask_with, call, post, send};
use super::shop::{CLERK, CUSTOMER, host, shop};

#[tokio::test]
async fn a_call_reaches_the_handler_with_its_arguments_and_its_caller() {
    let app = shop();
    let request = post().header("x-api-key", CUSTOMER).header("x-tenant", "north");
    let params = json!({ "name": "findOrder", "arguments": { "id": 7 } });
    let answered = ask_with(&app, request, "tools/call", params).await;
    let order =
        json!({ "id": 7, "lines": [{ "item": "tea for bob of Some(\"north\")", "quantity": 1 }] });
    let result = answered.result();
    assert_eq!((&result["structuredContent"], &result["isError"]), (&order, &json!(false)));
    let text: Value = serde_json::from_str(result["content"][0]["text"].as_str().unwrap()).unwrap();
    assert_eq!(text, order);
    let brief = call(&app, CUSTOMER, "findOrder", json!({ "id": 7, "brief": true })).await;
    assert_eq!(brief.result()["structuredContent"], json!({ "id": 7, "lines": [] }));
}

#[tokio::test]
async fn a_refused_argument_is_an_error_that_says_what_to_mend() {
    let app = shop();
    let lines = |quantity: u8| json!({ "lines": [{ "item": "tea", "quantity": quantity }] });
    let refused = call(&app, CUSTOMER, "place_order", lines(0)).await;
    let problem = &refused.result()["structuredContent"];
    assert_eq!((&refused.result()["isError"], &problem["status"]), (&json!(true), &json!(400)));
    assert_eq!(problem["errors"][0]["name"], "lines[0].quantity");
    assert_eq!(problem["errors"][0]["reason"], "is 1 to 100");
    let mended = call(&app, CUSTOMER, "place_order", lines(2)).await;
    assert_eq!(mended.result()["isError"], false);
    let missing = call(&app, CUSTOMER, "place_order", json!({})).await;
    assert_eq!(missing.result()["structuredContent"]["errors"][0]["name"], "lines");
    let unknown = call(&app, CUSTOMER, "findOrder", json!({ "id": 7, "breif": true })).await;
    let error = &unknown.result()["structuredContent"]["errors"][0];
    assert_eq!((&error["name"], unknown.status.as_u16()), (&json!("breif"), 200));
}

#[tokio::test]
async fn errors_of_the_application_are_results_without_private_text() {
    let app = shop();
    let missing = call(&app, CUSTOMER, "findOrder", json!({ "id": 404 })).await;
    assert_eq!(missing.result()["structuredContent"]["detail"], "there is no order 404");
    let failed = call(&app, CUSTOMER, "place_order", json!({ "lines": [] })).await;
    assert_eq!(failed.result()["structuredContent"]["status"], 500);
    assert!(!failed.body.to_string().contains("password"), "{failed:?}");
}

#[tokio::test]
async fn an_older_client_reads_an_error_as_text_where_its_schema_is_of_the_result() {
    let app = shop();
    let of = async |arguments: Value| {
        let request =
            post().header("x-api-key", CUSTOMER).header("mcp-protocol-version", "2025-11-25");
        let params = json!({ "name": "findOrder", "arguments": arguments });
        let body = json!({ "jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": params });
        send(&app, request, &body).await.result().clone()
    };
    let found = of(json!({ "id": 7 })).await;
    assert_eq!(found["structuredContent"]["id"], 7);
    assert_eq!(found.get("resultType"), None);
    let missing = of(json!({ "id": 404 })).await;
    assert_eq!((missing.get("structuredContent"), &missing["isError"]), (None, &json!(true)));
    assert!(missing["content"][0]["text"].as_str().unwrap().contains("there is no order 404"));
}

#[tokio::test]
async fn an_empty_response_is_an_empty_result() {
    let cancelled = call(&shop(), CLERK, "cancel_order", json!({ "id": 7 })).await;
    let result = cancelled.result();
    assert_eq!((&result["content"], &result["isError"]), (&json!([]), &json!(false)));
    assert_eq!(result.get("structuredContent"), None);
}

#[tokio::test]
async fn a_limit_of_the_endpoint_counts_calls() {
    let app = shop();
    let lines = json!({ "lines": [{ "item": "tea", "quantity": 1 }] });
    for _ in 0..5 {
        let placed = call(&app, CUSTOMER, "place_order", lines.clone()).await;
        assert_eq!(placed.result()["isError"], false);
    }
    let refused = call(&app, CUSTOMER, "place_order", lines.clone()).await;
    assert_eq!(refused.result()["structuredContent"]["status"], 429);
}

#[tokio::test]
async fn an_unknown_tool_and_arguments_that_are_no_object_are_errors_of_the_protocol() {
    let app = shop();
    let unknown = ask(&app, "tools/call", json!({ "name": "deleteAll" })).await;
    assert_eq!(unknown.error(), (200, -32602));
    assert_eq!(unknown.body["error"]["message"], "Unknown tool: deleteAll");
    let list = ask(&app, "tools/call", json!({ "name": "greet", "arguments": [] })).await;
    assert_eq!(list.error(), (200, -32602));
    assert_eq!(ask_initialized(&app, "tools/call", json!({})).await.error(), (200, -32602));
}

#[derive(Deserialize, JsonSchema)]
struct Once {
    item: String,
    #[serde(rename = "Idempotency-Key")]
    key: from::Header<String>,
}

#[derive(Endpoint)]
struct PlaceOnce;

impl Endpoint for PlaceOnce {
    type Request = Once;
    type Response = String;

    fn configure(config: &mut Config) {
        config.post("/once");
        config.allow_anonymous();
        config.tool().header("idempotency-key");
    }

    async fn handle(&self, Once { item, key }: Once, cx: Cx<'_, Self>) -> Result {
        cx.send.ok_async(format!("{item} by {}", key.0)).await
    }
}

#[tokio::test]
async fn a_header_that_is_an_argument_comes_from_the_arguments_alone() {
    let host = Host::empty().endpoint::<PlaceOnce>().mcp(|mcp| mcp.allow_anonymous());
    let app = host.build().unwrap();
    let listed = ask(&app, "tools/list", json!({})).await;
    let input = &listed.result()["tools"][0]["inputSchema"];
    assert_eq!(input["required"], json!(["item", "Idempotency-Key"]));
    let of = async |arguments: Value| {
        let request = post().header("idempotency-key", "of the client");
        let params = json!({ "name": "placeOnce", "arguments": arguments });
        ask_with(&app, request, "tools/call", params).await.result().clone()
    };
    let placed = of(json!({ "item": "tea", "Idempotency-Key": "k1" })).await;
    assert_eq!(placed["structuredContent"], "tea by k1");
    assert_eq!(of(json!({ "item": "tea" })).await["isError"], true);
    let broken = of(json!({ "item": "tea", "Idempotency-Key": "k\r\nx-api-key: a" })).await;
    assert_eq!(broken["structuredContent"]["errors"][0]["name"], "Idempotency-Key");
}

#[derive(Endpoint)]
struct Layered;

impl Endpoint for Layered {
    type Request = ();
    type Response = String;

    fn configure(config: &mut Config) {
        config.get("/layered");
        config.allow_anonymous();
        config.tool();
        config.before::<Stamp>();
        config.layer(MapRequestLayer::new(|mut request: Request<hyperpoint::Body>| {
            request.headers_mut().insert("x-endpoint", HeaderValue::from_static("endpoint"));
            request
        }));
    }

    async fn handle(&self, (): (), cx: Cx<'_, Self>) -> Result {
        let header = |name| cx.request.headers.get(name).and_then(|value| value.to_str().ok());
        let seen =
            [header("x-host"), header("x-endpoint"), cx.state.get::<Stamp>().map(|_| "processor")];
        let seen: Vec<_> = seen.into_iter().flatten().collect();
        cx.send.ok_async(seen.join(" ")).await
    }
}

#[derive(Default, FromServices)]
struct Stamp;

#[async_trait]
impl PreProcessor for Stamp {
    async fn before(&self, cx: PreCx<'_>) -> Result<Option<Sent>> {
        cx.state.set(Self);
        Ok(None)
    }
}

#[tokio::test]
async fn layers_of_the_host_and_of_the_endpoint_and_processors_see_a_call() {
    let host = Host::empty().endpoint::<Layered>().mcp(|mcp| mcp.allow_anonymous());
    let host = host
        .layer(MapRequestLayer::new(|mut request: Request<hyperpoint::Body>| {
            request.headers_mut().insert("x-host", HeaderValue::from_static("host"));
            request
        }))
        .layer(MapResponseLayer::new(|response: Response<hyperpoint::Body>| response));
    let answered = ask(&host.build().unwrap(), "tools/call", json!({ "name": "layered" })).await;
    assert_eq!(answered.result()["structuredContent"], "host endpoint processor");
}

#[tokio::test]
async fn a_server_without_its_application_refuses_calls() {
    // The application is not kept alive by its own server.
    let app: Application = host().mcp(|mcp| mcp.allow_anonymous()).build().unwrap();
    let weak = app.downgrade();
    assert!(weak.upgrade().is_some());
    drop(app);
    assert!(weak.upgrade().is_none());
}

#[derive(Deserialize, JsonSchema)]
struct Target {
    to: String,
}

/// Redirects.
#[derive(Endpoint)]
struct Moved;

impl Endpoint for Moved {
    type Request = Target;
    type Response = ();

    fn configure(config: &mut Config) {
        config.post("/moved");
        config.allow_anonymous();
        config.tool();
    }

    async fn handle(&self, Target { to }: Target, cx: Cx<'_, Self>) -> Result {
        let to = HeaderValue::try_from(to).unwrap();
        cx.send.header(http::header::LOCATION, to).status_async(StatusCode::SEE_OTHER).await
    }
}

#[tokio::test]
async fn a_redirect_is_an_error_that_tells_a_path_of_the_host_alone() {
    let host = Host::empty().endpoint::<Moved>().mcp(|mcp| mcp.allow_anonymous());
    let app = host.build().unwrap();
    for (to, is_told) in
        [("/orders/7", true), ("//evil.example", false), ("https://evil.example/", false)]
    {
        let params = json!({ "name": "moved", "arguments": { "to": to } });
        let answered = ask(&app, "tools/call", params).await;
        let result = answered.result();
        assert_eq!(result["isError"], true, "{to}");
        assert_eq!(result.to_string().contains(to), is_told, "{to}");
    }
}
