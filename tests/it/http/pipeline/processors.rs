//! Pre- and post-processors: their order, shared state, what they observe, and how a pre-processor
//! ends the chain.

use std::sync::Mutex;
use std::time::Duration;

use futures_util::FutureExt;
use http::{Request, StatusCode};
use hyperpoint::prelude::*;
use hyperpoint::{
    Application, FromServices, PostCx, PostProcessor, PreCx, PreProcessor, async_trait,
};
use insta::assert_snapshot;
use tower::ServiceExt;

use crate::http::{ask, endpoint, get};

/// The names of the processors that ran, in order.
#[derive(Default)]
struct Log(Mutex<Vec<String>>);

impl Log {
    fn note(&self, line: impl Into<String>) {
        self.0.lock().unwrap().push(line.into());
    }

    fn take(&self) -> String {
        std::mem::take(&mut *self.0.lock().unwrap()).join("\n")
    }
}

/// Writes a pre-processor that records its name and continues the chain.
macro_rules! notes_before {
    ($name:ident) => {
        #[derive(FromServices)]
        struct $name {
            log: Arc<Log>,
        }

        #[async_trait]
        impl PreProcessor for $name {
            async fn before(&self, cx: PreCx<'_>) -> Result<Option<Sent>> {
                self.log.note(stringify!($name));
                let seen = cx.state.get_or_default::<Mutex<u32>>();
                *seen.lock().unwrap() += 1;
                Ok(None)
            }
        }
    };
}

/// Writes a post-processor that records its name and the outcome.
macro_rules! notes_after {
    ($name:ident) => {
        #[derive(FromServices)]
        struct $name {
            log: Arc<Log>,
        }

        #[async_trait]
        impl PostProcessor for $name {
            async fn after(&self, cx: PostCx<'_>) -> Result<()> {
                let status = cx.outcome.status.map(|status| status.as_u16());
                let cause = cx.outcome.problem.and_then(|problem| problem.private_source());
                let cause = cause.map(|cause| format!(" for {cause}")).unwrap_or_default();
                self.log.note(format!("{} {status:?}{cause}", stringify!($name)));
                Ok(())
            }
        }
    };
}

notes_before!(HostBefore);
notes_before!(ShopBefore);
notes_before!(OneBefore);
notes_before!(OtherBefore);
notes_after!(HostAfter);
notes_after!(ShopAfter);
notes_after!(OneAfter);

/// Ends the chain if the query asks for it.
#[derive(FromServices)]
struct Gate;

#[async_trait]
impl PreProcessor for Gate {
    async fn before(&self, cx: PreCx<'_>) -> Result<Option<Sent>> {
        match cx.request.uri.query() {
            Some("answer") => cx.send.response_async(StatusCode::ACCEPTED, 7).await.map(Some),
            Some("problem") => Err(Problem::new(StatusCode::CONFLICT)),
            Some("fail") => Err("no gate".into()),
            Some("panic") => panic!("on purpose"),
            _ => Ok(None),
        }
    }
}

struct Shop;

impl Group for Shop {
    fn configure(group: &mut GroupConfig) {
        group.before::<ShopBefore>();
        group.after::<ShopAfter>();
        group.before::<HostBefore>();
    }
}

#[derive(Deserialize, JsonSchema)]
struct Order {
    item: String,
}

/// Trims the text fields of the request.
#[derive(FromServices)]
struct Trim;

#[async_trait]
impl PreProcessor for Trim {
    async fn before(&self, mut cx: PreCx<'_>) -> Result<Option<Sent>> {
        assert!(cx.data::<String>().is_none());
        if let Some(order) = cx.data::<Order>() {
            order.item = order.item.trim().to_owned();
        }
        Ok(None)
    }
}

#[derive(Endpoint)]
#[endpoint(by_hand)]
struct PlaceOrder {
    log: Arc<Log>,
}

impl Endpoint for PlaceOrder {
    type Request = Order;
    type Response = String;

    fn configure(config: &mut Config) {
        config.before::<OneBefore>();
        config.before::<OtherBefore>();
        config.after::<OneAfter>();
        config.before::<Gate>();
        config.before::<Trim>();
        config.post("/orders");
        config.allow_anonymous();
        config.group::<Shop>();
    }

    fn validate(&self, order: &Order, failures: &mut Failures) {
        failures.check("item", !order.item.is_empty(), "must not be empty");
    }

    async fn handle(&self, order: Order, cx: Cx<'_, Self>) -> Result {
        let seen = *cx.state.get_or_default::<Mutex<u32>>().lock().unwrap();
        self.log.note(format!("handle {:?} after {seen}", order.item));
        match &*order.item {
            "slow" => std::future::pending().await,
            "broken" => Err("the shelf broke".into()),
            "panics" => panic!("on purpose"),
            _ => cx.send.ok_async(order.item).await,
        }
    }
}

fn host(log: &Arc<Log>) -> Host {
    Host::empty().endpoint::<PlaceOrder>().service(Arc::clone(log)).defaults(|all| {
        all.before::<HostBefore>();
        all.after::<HostAfter>();
    })
}

fn order(target: &str, item: &str) -> Request<String> {
    let json = format!("{{\"item\": \"{item}\"}}");
    Request::post(target).header("content-type", "application/json").body(json).unwrap()
}

async fn status(app: &Application, request: Request<String>) -> u16 {
    app.clone().oneshot(request).await.unwrap().status().as_u16()
}

#[tokio::test]
async fn the_host_is_outermost_and_each_processor_runs_once() {
    let log = Arc::default();
    let app = host(&log).build().unwrap();
    assert_snapshot!(ask(&app, order("/orders", " tea ")).await, @r#"
    200 OK
    content-type: application/json

    "tea"
    "#);
    assert_snapshot!(log.take(), @r#"
    HostBefore
    ShopBefore
    OneBefore
    OtherBefore
    handle "tea" after 4
    OneAfter Some(200)
    ShopAfter Some(200)
    HostAfter Some(200)
    "#);
}

#[tokio::test]
async fn a_pre_processor_that_responds_ends_the_chain() {
    let log = Arc::default();
    let app = host(&log).build().unwrap();
    assert_snapshot!(ask(&app, order("/orders?answer", "tea")).await, @"
    202 Accepted
    content-type: application/json

    7
    ");
    assert_snapshot!(log.take(), @"
    HostBefore
    ShopBefore
    OneBefore
    OtherBefore
    OneAfter Some(202)
    ShopAfter Some(202)
    HostAfter Some(202)
    ");
    assert_eq!(status(&app, order("/orders?problem", "tea")).await, 409);
    assert_snapshot!(log.take(), @"
    HostBefore
    ShopBefore
    OneBefore
    OtherBefore
    OneAfter Some(409)
    ShopAfter Some(409)
    HostAfter Some(409)
    ");
    assert_eq!(status(&app, order("/orders?fail", "tea")).await, 500);
    assert_eq!(status(&app, order("/orders?panic", "tea")).await, 500);
    assert_snapshot!(log.take(), @"
    HostBefore
    ShopBefore
    OneBefore
    OtherBefore
    OneAfter Some(500) for no gate
    ShopAfter Some(500) for no gate
    HostAfter Some(500) for no gate
    HostBefore
    ShopBefore
    OneBefore
    OtherBefore
    OneAfter Some(500) for a pre-processor panicked: on purpose
    ShopAfter Some(500) for a pre-processor panicked: on purpose
    HostAfter Some(500) for a pre-processor panicked: on purpose
    ");
}

#[tokio::test]
async fn post_processors_see_every_outcome_of_an_authorized_request() {
    let log = Arc::default();
    let app = host(&log).build().unwrap();
    for (item, expected) in [("", 400), ("broken", 500), ("panics", 500)] {
        assert_eq!(status(&app, order("/orders", item)).await, expected);
    }
    let no_json = Request::post("/orders").body("tea".to_owned()).unwrap();
    assert_eq!(status(&app, no_json).await, 415);
    assert_snapshot!(log.take(), @r#"
    OneAfter Some(400)
    ShopAfter Some(400)
    HostAfter Some(400)
    HostBefore
    ShopBefore
    OneBefore
    OtherBefore
    handle "broken" after 4
    OneAfter Some(500) for the shelf broke
    ShopAfter Some(500) for the shelf broke
    HostAfter Some(500) for the shelf broke
    HostBefore
    ShopBefore
    OneBefore
    OtherBefore
    handle "panics" after 4
    OneAfter Some(500) for the handler panicked: on purpose
    ShopAfter Some(500) for the handler panicked: on purpose
    HostAfter Some(500) for the handler panicked: on purpose
    OneAfter Some(415)
    ShopAfter Some(415)
    HostAfter Some(415)
    "#);
}

#[tokio::test]
async fn post_processors_run_if_the_client_disconnects_before_the_response() {
    let log: Arc<Log> = Arc::default();
    let app = host(&log).build().unwrap();
    let mut answer = app.clone().oneshot(order("/orders", "slow")).boxed();
    assert!(answer.as_mut().now_or_never().is_none());
    log.take();
    drop(answer);
    tokio::task::yield_now().await;
    assert_snapshot!(log.take(), @"
    OneAfter None
    ShopAfter None
    HostAfter None
    ");
}

/// A post-processor that waits, fails or panics.
#[derive(FromServices)]
struct Slow {
    log: Arc<Log>,
}

#[async_trait]
impl PostProcessor for Slow {
    async fn after(&self, cx: PostCx<'_>) -> Result<()> {
        tokio::time::sleep(Duration::from_secs(1)).await;
        self.log.note("slow");
        match cx.request.uri.query() {
            Some("fail") => Err("no log".into()),
            Some("panic") => panic!("on purpose"),
            _ => Ok(()),
        }
    }
}

endpoint! {
    Watched: () => ();
    |config| {
        config.get("/watched");
        config.allow_anonymous();
        config.after::<Slow>();
        config.after::<OneAfter>();
    }
    |(), cx| { cx.send.string_async("done").await }
}

fn watched(log: &Arc<Log>) -> Application {
    Host::empty().endpoint::<Watched>().service(Arc::clone(log)).build().unwrap()
}

#[tokio::test(start_paused = true)]
async fn a_response_waits_for_its_post_processors_and_survives_their_failures() {
    let log: Arc<Log> = Arc::default();
    let app = watched(&log);
    for target in ["/watched", "/watched?fail", "/watched?panic"] {
        let answer = get(&app, target).await;
        assert!(answer.starts_with("200 OK") && answer.ends_with("done"), "{answer}");
        assert_eq!(log.take(), "slow\nOneAfter Some(200)");
    }
}

#[tokio::test(start_paused = true)]
async fn a_client_that_disconnects_cancels_no_post_processor() {
    let log: Arc<Log> = Arc::default();
    let app = watched(&log);
    let request = Request::get("/watched").body(String::new()).unwrap();
    let mut answer = app.clone().oneshot(request).boxed();
    assert!(answer.as_mut().now_or_never().is_none());
    drop(answer);
    assert_eq!(log.take(), "");
    tokio::time::sleep(Duration::from_secs(2)).await;
    assert_eq!(log.take(), "slow\nOneAfter Some(200)");
}
