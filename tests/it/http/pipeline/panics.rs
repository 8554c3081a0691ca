//! A panic ends one request and affects no other.

use hyperpoint::Running;
use hyperpoint::prelude::*;
use insta::assert_snapshot;

use crate::http::{answer, endpoint};
use crate::wire::h2::Http2;
use crate::wire::raw::Raw;

#[derive(Endpoint)]
#[endpoint(by_hand)]
struct Panics;

#[derive(Deserialize, JsonSchema)]
struct Where {
    at: String,
}

impl Endpoint for Panics {
    type Request = Where;
    type Response = ();

    fn configure(config: &mut Config) {
        config.get("/panics/{at}");
        config.allow_anonymous();
    }

    fn validate(&self, request: &Where, _: &mut Failures) {
        assert!(request.at != "validate", "hunter2");
    }

    async fn handle(&self, request: Where, cx: Cx<'_, Self>) -> Result {
        assert!(request.at != "handle", "hunter2");
        tokio::task::yield_now().await;
        assert!(request.at != "later", "hunter2");
        let sent = cx.send.string_async("hunter2").await?;
        assert!(request.at != "answered", "hunter2");
        Ok(sent)
    }
}

endpoint! {
    Fine: () => ();
    |config| {
        config.get("/fine");
        config.allow_anonymous();
    }
    |(), cx| { cx.send.string_async("fine").await }
}

async fn host() -> Running {
    let host = Host::empty().endpoint::<Panics>().endpoint::<Fine>();
    host.bind("127.0.0.1:0").start().await.unwrap()
}

const PLACES: [&str; 4] = ["validate", "handle", "later", "answered"];

#[tokio::test]
async fn a_panic_is_a_500_and_the_connection_stays_open() {
    let host = host().await;
    let mut raw = Raw::connect(host.address()).await;
    for place in PLACES {
        raw.write(format!("GET /panics/{place} HTTP/1.1\r\nhost: a\r\n\r\n")).await;
        let told = answer(&mut raw).await;
        assert!(told.starts_with("HTTP/1.1 500 Internal Server Error\n"), "{told}");
        assert!(!told.contains("hunter2"), "{told}");
        raw.write("GET /fine HTTP/1.1\r\nhost: a\r\n\r\n").await;
        assert!(answer(&mut raw).await.ends_with("\n\nfine"));
    }
    raw.write("GET /panics/handle HTTP/1.1\r\nhost: a\r\n\r\n").await;
    assert_snapshot!(answer(&mut raw).await, @r#"
    HTTP/1.1 500 Internal Server Error
    content-type: application/problem+json
    content-length: 140
    date: -

    {"type":"about:blank","title":"Internal Server Error","status":500,"instance":"/panics/handle","traceId":"T"}
    "#);
}

#[tokio::test]
async fn a_panic_over_http_2_ends_only_its_stream() {
    let host = host().await;
    let mut http2 = Http2::connect(host.address()).await;
    for place in PLACES {
        let mut told = http2.get(&format!("/panics/{place}")).await;
        assert_eq!(told.head.status, 500);
        assert!(!told.rest().await.contains("hunter2"));
        assert_eq!(http2.get("/fine").await.rest().await, "fine");
    }
}
