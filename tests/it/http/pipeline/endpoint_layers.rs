//! Tower layers of endpoints, groups and the host's defaults.

use std::task::{Context, Poll};

use futures_util::future::BoxFuture;
use http::{HeaderValue, Request, Response, StatusCode};
use hyperpoint::prelude::*;
use hyperpoint::{Application, Body};
use insta::assert_snapshot;
use tower::service_fn;
use tower::util::{MapRequestLayer, MapResponseLayer};
use tower_layer::layer_fn;

use crate::http::{ask, endpoint, get};

fn adds(
    value: &'static str,
) -> MapResponseLayer<impl Fn(Response<Body>) -> Response<Body> + Clone + Send + Sync> {
    MapResponseLayer::new(move |mut response: Response<Body>| {
        // The innermost layer comes first.
        let before = response.headers().get("x-layers").and_then(|before| before.to_str().ok());
        let all = before.map_or_else(|| value.to_owned(), |before| format!("{before}, {value}"));
        response.headers_mut().insert("x-layers", HeaderValue::from_str(&all).unwrap());
        response
    })
}

struct Shop;

impl Group for Shop {
    fn configure(group: &mut GroupConfig) {
        group.prefix("/shop/{id}");
        group.layer(adds("group"));
    }
}

#[derive(Deserialize, JsonSchema)]
struct Item {
    id: u32,
    #[serde(default)]
    note: String,
}

endpoint! {
    Layered: Item => String;
    |config| {
        config.post("/");
        config.layer(adds("inner"));
        config.layer(adds("outer"));
        config.layer(MapRequestLayer::new(|mut request: Request<Body>| {
            *request.uri_mut() = "/shop/9/elsewhere".parse().unwrap();
            request.headers_mut().insert("x-from", HeaderValue::from_static("a layer"));
            request
        }));
        config.group::<Shop>();
        config.allow_anonymous();
    }
    |item, cx| {
        let from = cx.request.headers.get("x-from").is_some();
        cx.send.ok_async(format!("{} {} {from}", item.id, item.note)).await
    }
}
endpoint! {
    Plain: () => ();
    |config| {
        config.get("/plain");
        config.allow_anonymous();
    }
    |(), cx| { cx.send.no_content_async().await }
}
endpoint! {
    Ticks: () => Events<u32>;
    |config| {
        config.get("/ticks");
        config.allow_anonymous();
        config.layer(adds("ticks"));
    }
    |(), cx| {
        let events = cx.send.event_stream_async("n", futures_util::stream::iter([1]));
        events.retry(std::time::Duration::from_secs(1)).await
    }
}

/// A layer whose service always fails.
#[derive(Clone)]
struct Failing;

impl tower::Service<Request<Body>> for Failing {
    type Response = Response<Body>;
    type Error = std::io::Error;
    type Future = BoxFuture<'static, Result<Response<Body>, std::io::Error>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), std::io::Error>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, _: Request<Body>) -> Self::Future {
        Box::pin(async { Err(std::io::Error::other("a secret")) })
    }
}

endpoint! {
    Broken: () => ();
    |config| {
        config.get("/broken");
        config.allow_anonymous();
        config.layer(layer_fn(|_| Failing));
    }
    |(), cx| { cx.send.no_content_async().await }
}
endpoint! {
    Stripped: () => ();
    |config| {
        config.get("/stripped");
        config.allow_anonymous();
        config.layer(MapRequestLayer::new(|mut request: Request<Body>| {
            request.extensions_mut().clear();
            request
        }));
    }
    |(), cx| { cx.send.no_content_async().await }
}
endpoint! {
    Answered: () => ();
    |config| {
        config.get("/answered");
        config.allow_anonymous();
        config.layer(layer_fn(|_| {
            service_fn(|_: Request<Body>| async {
                let mut response = Response::new(http_body_util::Full::from("by a layer"));
                *response.status_mut() = StatusCode::IM_A_TEAPOT;
                Ok::<_, std::convert::Infallible>(response)
            })
        }));
    }
    |(), cx| { cx.send.no_content_async().await }
}

fn app() -> Application {
    let host = Host::empty().endpoint::<Layered>().endpoint::<Plain>().endpoint::<Ticks>();
    let host = host.endpoint::<Broken>().endpoint::<Stripped>().endpoint::<Answered>();
    let host = host.problem_for(|_: &std::io::Error| Problem::new(StatusCode::BAD_GATEWAY));
    host.defaults(|all| all.layer(adds("host"))).build().unwrap()
}

fn post(body: &str) -> Request<String> {
    let request = Request::post("/shop/7").header("content-type", "application/json");
    request.body(body.to_owned()).unwrap()
}

#[tokio::test]
async fn layers_wrap_an_endpoint_with_those_of_the_host_outermost() {
    let app = app();
    assert_snapshot!(ask(&app, post("{\"note\": \"hi\"}")).await, @r#"
    200 OK
    content-type: application/json
    x-layers: inner, outer, group, host

    "7 hi true"
    "#);
    assert_snapshot!(get(&app, "/plain").await, @"
    204 No Content
    x-layers: host
    ");
    assert_snapshot!(get(&app, "/ticks").await, @"
    200 OK
    cache-control: no-cache, no-transform
    content-type: text/event-stream
    x-accel-buffering: no
    x-layers: ticks, host

    event: n
    retry: 1000
    data: 1
    ");
}

#[tokio::test]
async fn layers_see_refusals_of_their_endpoint_and_no_other_path() {
    let app = app();
    assert_snapshot!(ask(&app, post("{")).await.split("\n\n").next().unwrap_or_default(), @"
    400 Bad Request
    content-type: application/problem+json
    x-layers: inner, outer, group, host
    ");
    assert!(!get(&app, "/nowhere").await.contains("x-layers"));
}

#[tokio::test]
async fn a_layer_may_respond_and_its_error_becomes_a_problem() {
    let app = app();
    assert_snapshot!(get(&app, "/answered").await, @"
    418 I'm a teapot
    x-layers: host

    by a layer
    ");
    assert_snapshot!(get(&app, "/broken").await, @r#"
    502 Bad Gateway
    content-type: application/problem+json

    {"type":"about:blank","title":"Bad Gateway","status":502,"instance":"/broken","traceId":"T"}
    "#);
    assert_snapshot!(get(&app, "/stripped").await, @r#"
    500 Internal Server Error
    content-type: application/problem+json
    x-layers: host

    {"type":"about:blank","title":"Internal Server Error","status":500,"instance":"/stripped","traceId":"T"}
    "#);
}
