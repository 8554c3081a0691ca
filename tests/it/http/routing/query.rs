//! The method QUERY.

use http::{Method, Request};
use hyperpoint::prelude::*;
use hyperpoint::{Application, Cors};
use hyperpoint_testing::TestApp;

use crate::http::{ask, endpoint};

#[derive(Debug, Serialize, Deserialize, JsonSchema)]
struct Search {
    id: u32,
    name: String,
    filter: from::Query<Option<String>>,
}

endpoint! {
    Find: Search => Search;
    |config| {
        config.query("/orders/{id}");
        config.allow_anonymous();
        config.cors(|_: Cors| Cors::default().allow_origins(["https://app.example"]));
    }
    |search, cx| { cx.send.ok_async(search).await }
}

endpoint! {
    Delete: () => ();
    |config| {
        config.delete("/orders/{id}");
        config.allow_anonymous();
    }
    |(), cx| { cx.send.no_content_async().await }
}

fn app() -> Application {
    Host::empty().endpoint::<Find>().endpoint::<Delete>().build().unwrap()
}

fn query(kind: &str, body: &str) -> Request<String> {
    let request = Request::builder().method("QUERY").uri("/orders/7?filter=a&name=evil");
    request.header("content-type", kind).body(body.to_owned()).unwrap()
}

#[tokio::test]
async fn the_body_of_a_query_is_bound_as_that_of_a_post() {
    let expected = r#"{"id":7,"name":"ann","filter":"a"}"#;
    let text = ask(&app(), query("application/json", r#"{"name":"ann","filter":"evil"}"#)).await;
    assert!(text.ends_with(expected), "{text}");
    let text = ask(&app(), query("application/x-www-form-urlencoded", "name=ann")).await;
    assert!(text.ends_with(expected), "{text}");
}

#[tokio::test]
async fn accept_query_names_the_content_types() {
    let types =
        "accept-query: application/json, application/x-www-form-urlencoded, multipart/form-data\n";
    let app = app();
    let send =
        |method| Request::builder().method(method).uri("/orders/7").body(String::new()).unwrap();
    let text = ask(&app, query("text/plain", "x")).await;
    assert!(text.starts_with("415") && text.contains(types), "{text}");
    let text = ask(&app, send("PUT")).await;
    assert!(text.starts_with("405") && text.contains(types), "{text}");
    assert!(text.contains("allow: DELETE, OPTIONS, QUERY\n"), "{text}");
    let text = ask(&app, send("OPTIONS")).await;
    assert!(text.starts_with("204") && text.contains(types), "{text}");
    let text = ask(&app, send("DELETE")).await;
    assert!(!text.contains("accept-query"), "{text}");
}

#[tokio::test]
async fn another_origin_needs_a_preflight() {
    let preflight = Request::options("/orders/7")
        .header("origin", "https://app.example")
        .header("access-control-request-method", "QUERY");
    let text = ask(&app(), preflight.body(String::new()).unwrap()).await;
    assert!(text.contains("access-control-allow-methods: QUERY\n"), "{text}");
    assert!(text.contains("access-control-allow-origin: https://app.example\n"), "{text}");
}

#[tokio::test]
async fn the_test_client_sends_queries() -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
    let app = TestApp::new(Host::empty().endpoint::<Find>())?;
    let search = Search { id: 7, name: "ann".into(), filter: from::Query(Some("b".into())) };
    let found = app.send::<Find>(&search).answer().await?;
    assert_eq!(found.bytes(), r#"{"id":7,"name":"ann","filter":"b"}"#);
    let answer = app.query("/orders/7").body("application/json", r#"{"name":"x"}"#).await?;
    assert_eq!(answer.status(), 200);
    assert_eq!(app.call(Method::QUERY, "/other").await?.status(), 404);
    Ok(())
}
