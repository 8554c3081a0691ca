//! A panic ends one request and affects no other.

use std::sync::Mutex;

use futures_util::future::BoxFuture;
use hyperpoint::prelude::*;
use hyperpoint::{FromServices, PostCx, PostProcessor, PreCx, PreProcessor, Running, async_trait};
use insta::assert_snapshot;

use crate::http::{answer, endpoint, get};
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

/// Panics if the request binds it from `binding`.
#[derive(JsonSchema)]
struct Fragile(String);

impl<'de> Deserialize<'de> for Fragile {
    fn deserialize<D: serde::Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let text = String::deserialize(from)?;
        assert!(text != "binding", "hunter2");
        Ok(Self(text))
    }
}

#[derive(Deserialize, JsonSchema)]
struct Step {
    step: Fragile,
}

#[derive(FromServices)]
struct FragileBefore;

#[async_trait]
impl PreProcessor for FragileBefore {
    async fn before(&self, mut cx: PreCx<'_>) -> Result<Option<Sent>> {
        let step = cx.data::<Step>().map(|request| request.step.0.clone());
        assert!(step.as_deref() != Some("before"), "hunter2");
        Ok(None)
    }
}

/// Records the private cause of each problem.
#[derive(FromServices)]
struct Causes {
    seen: Arc<Mutex<Vec<String>>>,
}

#[async_trait]
impl PostProcessor for Causes {
    async fn after(&self, cx: PostCx<'_>) -> Result<()> {
        let cause = cx.outcome.problem.and_then(|problem| problem.private_source());
        self.seen.lock().unwrap().extend(cause.map(ToString::to_string));
        Ok(())
    }
}

/// Writes an endpoint that panics in the step that the request names.
macro_rules! panics_in_each_step {
    ($name:ident: $response:ty; $route:literal) => {
        #[derive(Endpoint)]
        #[endpoint(by_hand)]
        struct $name;

        impl Endpoint for $name {
            type Request = Step;
            type Response = $response;

            fn configure(config: &mut Config) {
                config.get($route);
                config.allow_anonymous();
                config.before::<FragileBefore>();
                config.after::<Causes>();
            }

            fn validate(&self, request: &Step, _: &mut Failures) {
                assert!(request.step.0 != "validation", "hunter2");
            }

            async fn handle(&self, _: Step, _: Cx<'_, Self>) -> Result {
                panic!("hunter2")
            }
        }
    };
}

panics_in_each_step!(Plain: String; "/plain/{step}");
panics_in_each_step!(Streams: Events<u32>; "/streams/{step}");

#[tokio::test]
async fn the_cause_of_a_panic_names_the_step_of_the_request() {
    let seen: Arc<Mutex<Vec<String>>> = Arc::default();
    let host = Host::empty().endpoint::<Plain>().endpoint::<Streams>();
    let app = host.service(Arc::clone(&seen)).build().unwrap();
    for endpoint in ["plain", "streams"] {
        for step in ["binding", "validation", "before", "handle"] {
            let told = get(&app, &format!("/{endpoint}/{step}")).await;
            assert!(told.starts_with("500 "), "{told}");
        }
        let causes = std::mem::take(&mut *seen.lock().unwrap());
        assert_eq!(
            causes,
            [
                "the binding of the request panicked: hunter2",
                "the validation of the request panicked: hunter2",
                "a pre-processor panicked: hunter2",
                "the handler panicked: hunter2",
            ],
            "{endpoint}"
        );
    }
}

/// Panics before it returns its future.
#[derive(FromServices)]
struct EagerBefore;

impl PreProcessor for EagerBefore {
    fn before<'a, 'c, 'f>(&'a self, _: PreCx<'c>) -> BoxFuture<'f, Result<Option<Sent>>>
    where
        Self: 'f,
        'a: 'f,
        'c: 'f,
    {
        panic!("hunter2")
    }
}

/// Panics before it returns its future.
#[derive(FromServices)]
struct EagerAfter;

impl PostProcessor for EagerAfter {
    fn after<'a, 'c, 'f>(&'a self, _: PostCx<'c>) -> BoxFuture<'f, Result<()>>
    where
        Self: 'f,
        'a: 'f,
        'c: 'f,
    {
        panic!("hunter2")
    }
}

endpoint! {
    Eager: () => ();
    |config| {
        config.get("/eager");
        config.allow_anonymous();
        config.before::<EagerBefore>();
        config.after::<EagerAfter>();
        config.after::<Causes>();
    }
    |(), cx| { cx.send.string_async("fine").await }
}

#[tokio::test]
async fn a_processor_that_panics_before_it_returns_its_future_is_named_and_skips_no_other() {
    let seen: Arc<Mutex<Vec<String>>> = Arc::default();
    let host = Host::empty().endpoint::<Eager>().service(Arc::clone(&seen));
    let told = get(&host.build().unwrap(), "/eager").await;
    assert!(told.starts_with("500 "), "{told}");
    assert_eq!(*seen.lock().unwrap(), ["a pre-processor panicked: hunter2"]);
}
