//! Messages that are made to get in, or to grow something.

use hyperpoint::prelude::*;
use hyperpoint_mcp::{OfferTool, ServeMcp};
use serde_json::{Value, json};

use super::message::{ask, call, post, send, stateless};
use super::shop::{CLERK, CUSTOMER, host, shop};

#[tokio::test]
async fn an_argument_of_the_route_reaches_no_other_endpoint() {
    let app = shop();
    for (id, is_refused) in [
        ("all", true),
        ("..", true),
        ("", true),
        ("a/b", true),
        ("a/../all", false),
        ("all?x=1", false),
    ] {
        let answered = call(&app, CLERK, "cancel_order", json!({ "id": id })).await;
        assert_eq!(answered.result()["isError"], is_refused, "{id}");
        assert!(!answered.body.to_string().contains("everything is gone"), "{id}");
    }
}

#[tokio::test]
async fn no_argument_is_a_credential_or_an_identity() {
    let app = shop();
    for name in ["x-api-key", "authorization", "x-tenant", "sub", "cookie"] {
        let answered = call(&app, CUSTOMER, "findOrder", json!({ "id": 7, name: CLERK })).await;
        let problem = &answered.result()["structuredContent"];
        assert_eq!(
            (&problem["status"], &problem["errors"][0]["name"]),
            (&json!(400), &json!(name))
        );
    }
}

#[tokio::test]
async fn arguments_that_no_schema_allows_are_refused() {
    let app = shop();
    for arguments in [
        json!({ "id": { "a": 1 } }),
        json!({ "id": [1, 2] }),
        json!({ "id": -1 }),
        json!({ "id": 1e300 }),
        json!({ "id": "\u{0}" }),
        json!({ "id": null }),
        json!({ "id": "7\r\nx-api-key: a" }),
        json!({ "id": 7, "brief": { "deep": [[[[]]]] } }),
    ] {
        let answered = call(&app, CUSTOMER, "findOrder", arguments.clone()).await;
        assert_eq!(answered.result()["isError"], true, "{arguments}");
    }
    let long = call(&app, CUSTOMER, &"n".repeat(100_000), json!({})).await;
    assert!(long.body.to_string().len() < 400, "{}", long.body.to_string().len());
}

#[tokio::test]
async fn a_method_in_the_headers_opens_nothing_that_the_body_does_not_say() {
    let app = shop();
    let body = stateless("tools/call", json!({ "name": "cancel_order", "arguments": { "id": 1 } }));
    let request = post()
        .header("x-api-key", CLERK)
        .header("mcp-protocol-version", "2026-07-28")
        .header("mcp-method", "tools/list");
    assert_eq!(send(&app, request, &body).await.error(), (400, -32020));
}

#[derive(Serialize, Deserialize, JsonSchema)]
struct Tree {
    name: String,
    #[serde(default)]
    children: Vec<Tree>,
}

#[derive(Endpoint)]
struct Plant;

impl Endpoint for Plant {
    type Request = Tree;
    type Response = Tree;

    fn configure(config: &mut Config) {
        config.post("/trees");
        config.allow_anonymous();
        config.tool();
    }

    async fn handle(&self, tree: Tree, cx: Cx<'_, Self>) -> Result {
        cx.send.ok_async(tree).await
    }
}

#[tokio::test]
async fn a_type_that_contains_itself_has_a_finite_schema() {
    let host = Host::empty().endpoint::<Plant>().mcp(|mcp| mcp.allow_anonymous());
    let app = host.build().unwrap();
    let listed = ask(&app, "tools/list", json!({})).await;
    let tool = &listed.result()["tools"][0];
    let children = &tool["inputSchema"]["properties"]["children"]["items"];
    assert_eq!(*children, json!({ "$ref": "#/$defs/Tree" }));
    assert_eq!(tool["outputSchema"]["$defs"]["Tree"]["properties"]["children"]["items"], *children);
    let mut tree = json!({ "name": "leaf" });
    for _ in 0..30 {
        tree = json!({ "name": "branch", "children": [tree] });
    }
    let grown = ask(&app, "tools/call", json!({ "name": "plant", "arguments": tree })).await;
    assert_eq!(grown.result()["isError"], false);
    let deep: Value =
        (0..200).fold(json!({ "name": "leaf" }), |tree, _| json!({ "children": [tree] }));
    let refused = ask(&app, "tools/call", json!({ "name": "plant", "arguments": deep })).await;
    assert_eq!(refused.error(), (400, -32700));
}

#[tokio::test]
async fn an_id_or_a_token_that_is_long_is_refused() {
    let app = shop();
    let long = "i".repeat(257);
    let mut body = stateless("tools/list", json!({}));
    let request =
        || post().header("mcp-protocol-version", "2026-07-28").header("mcp-method", "tools/list");
    body["id"] = json!(long[1..]);
    assert_eq!(send(&app, request(), &body).await.status, 200);
    body["id"] = json!(long);
    let refused = send(&app, request(), &body).await;
    assert_eq!((refused.error(), &refused.body["id"]), ((400, -32600), &Value::Null));
    let meta = json!({ "progressToken": long });
    let refused = ask(&app, "tools/list", json!({ "_meta": meta })).await;
    assert_eq!(refused.error(), (400, -32600));
}

#[derive(Deserialize, JsonSchema)]
struct Filter {
    #[serde(flatten)]
    others: std::collections::BTreeMap<String, String>,
}

/// Takes any argument, and credentials in its query.
#[derive(Endpoint)]
struct WhoAmI;

impl Endpoint for WhoAmI {
    type Request = Filter;
    type Response = String;

    fn configure(config: &mut Config) {
        config.get("/who");
        config.authenticated();
        config.allow_query_token("t");
        config.tool();
    }

    async fn handle(&self, Filter { others }: Filter, cx: Cx<'_, Self>) -> Result {
        let user = cx.identity.subject().unwrap_or_default();
        cx.send.ok_async(format!("{user} with {} arguments", others.len())).await
    }
}

#[tokio::test]
async fn no_argument_becomes_a_credential_of_the_query() {
    let app = host().endpoint::<WhoAmI>().mcp(|mcp| mcp.allow_anonymous()).build().unwrap();
    let refused = ask(&app, "tools/call", json!({ "name": "whoAmI", "arguments": { "t": CLERK } }));
    let refused = refused.await;
    let problem = &refused.result()["structuredContent"];
    assert_eq!((&problem["status"], &problem["errors"][0]["name"]), (&json!(400), &json!("t")));
    let known = call(&app, CUSTOMER, "whoAmI", json!({ "of": "tea" })).await;
    assert_eq!(known.result()["structuredContent"], "bob with 1 arguments");
}
