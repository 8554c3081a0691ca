//! The application as a tower service: without a socket, and within an axum router.

use axum::Router;
use axum::routing::get as axum_get;
use bytes::Bytes;
use http::{Request, Response};
use http_body_util::BodyExt;
use hyperpoint::prelude::*;
use hyperpoint::{Application, Peer};
use insta::assert_snapshot;
use tower::ServiceExt;

use crate::http::{ask, endpoint, get, masked};

struct Greeting(&'static str);

#[derive(Endpoint)]
#[endpoint(by_hand)]
struct Greet {
    greeting: Arc<Greeting>,
}

impl Endpoint for Greet {
    type Request = ();
    type Response = ();

    fn configure(config: &mut Config) {
        config.get("/greet");
        config.allow_anonymous();
    }

    async fn handle(&self, (): (), cx: Cx<'_, Self>) -> Result {
        let peer = cx.peer.map(|peer| format!(" from {}", peer.address));
        let text = format!("{}{}", self.greeting.0, peer.unwrap_or_default());
        cx.send.string_async(text).await
    }
}

endpoint! {
    Ticks: () => Events<u32>;
    |config| {
        config.get("/ticks");
        config.allow_anonymous();
    }
    |(), cx| {
        let stream = futures_util::stream::iter(1..3);
        cx.send.event_stream_async("tick", stream).retry(std::time::Duration::from_secs(1)).await
    }
}

fn app(greeting: &'static str) -> Application {
    let host = Host::empty().endpoint::<Greet>().endpoint::<Ticks>();
    host.service(Arc::new(Greeting(greeting))).build().unwrap()
}

async fn ask_router(router: Router, target: &str) -> String {
    let request = Request::get(target).body(axum::body::Body::empty()).unwrap();
    let response: Response<axum::body::Body> = router.oneshot(request).await.unwrap();
    let status = response.status().as_u16();
    let body: Bytes = response.into_body().collect().await.unwrap().to_bytes();
    format!("{status} {}", masked(&String::from_utf8_lossy(&body)))
}

#[tokio::test]
async fn two_hosts_in_one_process_have_their_own_services() {
    let (one, other) = (app("hello"), app("hallo"));
    assert!(get(&one, "/greet").await.ends_with("\nhello"));
    assert!(get(&other, "/greet").await.ends_with("\nhallo"));
    assert!(get(&one.clone(), "/greet").await.ends_with("\nhello"));
}

#[tokio::test]
async fn a_peer_address_in_the_extensions_is_that_of_the_request() {
    let mut request = Request::get("/greet").body(String::new()).unwrap();
    request.extensions_mut().insert(Peer::new(([10, 0, 0, 1], 99).into()));
    let answer = ask(&app("hi"), request).await;
    assert!(answer.ends_with("\nhi from 10.0.0.1:99"), "{answer}");
}

#[tokio::test]
async fn an_axum_router_falls_back_to_the_application() {
    let router = Router::new().route("/axum", axum_get(|| async { "axum" }));
    let router = router.fallback_service(app("hello"));
    assert_eq!(ask_router(router.clone(), "/axum").await, "200 axum");
    assert_eq!(ask_router(router.clone(), "/greet").await, "200 hello");
    assert_snapshot!(ask_router(router.clone(), "/nowhere").await, @r#"404 {"type":"about:blank","title":"Not Found","status":404,"instance":"/nowhere","traceId":"T"}"#);
    assert_snapshot!(ask_router(router, "/ticks").await, @"
    200 event: tick
    retry: 1000
    data: 1

    event: tick
    data: 2
    ");
}

#[tokio::test]
async fn an_axum_router_nests_the_application_under_a_path() {
    let router = Router::new().nest_service("/api", app("hello"));
    assert_eq!(ask_router(router.clone(), "/api/greet").await, "200 hello");
    assert!(ask_router(router.clone(), "/greet").await.starts_with("404 "));
    assert_snapshot!(ask_router(router, "/api/nowhere").await, @r#"404 {"type":"about:blank","title":"Not Found","status":404,"instance":"/nowhere","traceId":"T"}"#);
}

#[tokio::test]
async fn the_routes_are_listed_in_sorted_order() {
    assert_snapshot!(app("x").routes().join("\n"), @"
    GET     /greet  it::http::pipeline::service::Greet
    GET     /ticks  it::http::pipeline::service::Ticks
    ");
}
