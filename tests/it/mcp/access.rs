//! Who may speak to the server, and how a client learns where it gets its credentials.

use http::Request;
use hyperpoint::http::header::WWW_AUTHENTICATE;
use hyperpoint_mcp::{Mcp, ServeMcp};
use serde_json::{Value, json};

use super::message::{ask, ask_with, call, post, stateless};
use super::shop::{CLERK, CUSTOMER, shop, shop_with};
use crate::wire::memory::Memory;

fn protected(mcp: &mut Mcp) {
    mcp.protected_resource("https://api.example.com/mcp", ["https://login.example.com"]);
    mcp.scopes_supported(["orders:read"]);
    mcp.allowed_hosts(["localhost"]);
}

const CHALLENGE: &str = "Bearer resource_metadata=\
    \"https://api.example.com/.well-known/oauth-protected-resource/mcp\", scope=\"orders:read\"";

#[tokio::test]
async fn a_tool_that_is_not_for_the_caller_is_refused_by_its_name_too() {
    let app = shop();
    let refused = call(&app, CUSTOMER, "cancel_order", json!({ "id": 7 })).await;
    let result = refused.result();
    assert_eq!(
        (&result["isError"], &result["structuredContent"]["status"]),
        (&json!(true), &json!(403))
    );
    let allowed = call(&app, CLERK, "cancel_order", json!({ "id": 7 })).await;
    assert_eq!(allowed.result()["isError"], false);
}

#[tokio::test]
async fn a_call_without_credentials_is_a_401_that_names_the_metadata() {
    let app = shop_with(|mcp| {
        protected(mcp);
        mcp.allow_anonymous();
    });
    let params = json!({ "name": "findOrder", "arguments": { "id": 7 } });
    let refused = ask(&app, "tools/call", params).await;
    let challenges: Vec<_> = refused.headers.get_all(WWW_AUTHENTICATE).iter().collect();
    assert_eq!((refused.status.as_u16(), challenges[0].to_str().unwrap()), (401, CHALLENGE));
    assert_eq!(refused.body["status"], 401);
}

#[tokio::test]
async fn a_closed_server_answers_nothing_without_credentials() {
    let app = shop_with(|mcp| {
        protected(mcp);
        mcp.authenticated();
    });
    let refused = ask(&app, "tools/list", json!({})).await;
    assert_eq!(
        (refused.status.as_u16(), refused.headers[WWW_AUTHENTICATE].to_str().unwrap()),
        (401, CHALLENGE)
    );
    let request = post().header("x-api-key", CLERK);
    let listed = ask_with(&app, request, "tools/list", json!({})).await;
    assert_eq!(listed.result()["tools"].as_array().unwrap().len(), 4);
    let path = "/.well-known/oauth-protected-resource/mcp";
    let request =
        Request::get(path).header("host", "localhost").header("origin", "https://a.example");
    let mut memory = Memory::ask(&app, request.body(String::new()).unwrap()).await;
    assert_eq!(memory.head.headers["access-control-allow-origin"], "*");
    let metadata: Value = serde_json::from_str(&memory.rest().await).unwrap();
    assert_eq!(
        metadata,
        json!({
            "resource": "https://api.example.com/mcp",
            "authorization_servers": ["https://login.example.com"],
            "scopes_supported": ["orders:read"],
            "bearer_methods_supported": ["header"],
            "resource_name": "hyperpoint",
        })
    );
}

#[tokio::test]
async fn hosts_and_origins_of_others_are_refused_unless_they_are_named() {
    let local = shop();
    let named = shop_with(|mcp| {
        mcp.allow_anonymous();
        mcp.allowed_hosts(["api.example.com"]);
        mcp.allowed_origins(["https://app.example.com"]);
    });
    let open = shop_with(|mcp| {
        mcp.allow_anonymous();
        mcp.allowed_hosts(["*"]);
        mcp.allowed_origins(["*"]);
    });
    for (app, host, origin, status) in [
        (&local, "localhost:8080", None, 200),
        (&local, "127.0.0.1", Some("http://localhost:3000"), 200),
        (&local, "evil.example", None, 421),
        (&local, "localhost", Some("https://evil.example"), 403),
        (&named, "api.example.com", Some("https://app.example.com"), 200),
        (&named, "localhost", None, 421),
        (&named, "api.example.com", Some("http://localhost:3000"), 403),
        (&open, "evil.example", Some("https://evil.example"), 200),
    ] {
        let mut request = Request::post("/mcp")
            .header("host", host)
            .header("content-type", "application/json")
            .header("mcp-protocol-version", "2026-07-28")
            .header("mcp-method", "tools/list");
        if let Some(origin) = origin {
            request = request.header("origin", origin);
        }
        let body = stateless("tools/list", json!({})).to_string();
        let memory = Memory::ask(app, request.body(body).unwrap()).await;
        assert_eq!(memory.head.status.as_u16(), status, "{host} {origin:?}");
    }
}

#[tokio::test]
async fn the_metadata_is_where_the_challenge_says() {
    let app = shop_with(|mcp| {
        mcp.protected_resource("https://x.example/agents/mcp", ["https://login.example.com"]);
        mcp.authenticated();
    });
    let refused = ask(&app, "tools/list", json!({})).await;
    let challenge = refused.headers[WWW_AUTHENTICATE].to_str().unwrap().to_owned();
    let path = "/.well-known/oauth-protected-resource/agents/mcp";
    assert!(challenge.contains(&format!("\"https://x.example{path}\"")), "{challenge}");
    let request = Request::get(path).header("host", "localhost");
    let memory = Memory::ask(&app, request.body(String::new()).unwrap()).await;
    assert_eq!(memory.head.status, 200);
}

#[tokio::test]
async fn a_list_of_a_closed_server_is_kept_for_its_caller_alone() {
    for is_open in [true, false] {
        let host = hyperpoint::Host::empty().endpoint::<super::shop::Greet>().authentication(
            hyperpoint::schemes::ApiKeys::new().key(CLERK, hyperpoint::Identity::user("ann")),
        );
        let host =
            host.mcp(|mcp| if is_open { mcp.allow_anonymous() } else { mcp.authenticated() });
        let app = host.build().unwrap();
        for method in ["tools/list", "server/discover"] {
            let request = post().header("x-api-key", CLERK);
            let listed = ask_with(&app, request, method, json!({})).await;
            let scope = if is_open { "public" } else { "private" };
            assert_eq!(listed.result()["cacheScope"], scope, "{method}");
        }
    }
}
