//! Calls of endpoints by their types: the requests, the decoded responses, and the error texts.
#![expect(clippy::unwrap_used, reason = "a call that fails fails its test")]

use std::time::{Duration, SystemTime};

use hyperpoint::Identity;
use hyperpoint::http::header::{HeaderValue, LOCATION, SET_COOKIE};
use hyperpoint::http::{Method, StatusCode};
use hyperpoint::prelude::*;
use hyperpoint_testing::TestApp;

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
struct Item {
    shelf: String,
    #[serde(rename = "dry-run")]
    dry_run: Option<bool>,
    name: String,
    #[serde(default)]
    tags: Vec<String>,
}

/// PUT /shelves/{shelf}/items and GET /items: returns the bound item with 201.
#[derive(Endpoint)]
struct PutItem;

impl Endpoint for PutItem {
    type Request = Item;
    type Response = Item;

    fn configure(config: &mut Config) {
        config.put("/shelves/{shelf}/items");
        config.get("/items");
        config.allow_anonymous();
    }

    fn validate(&self, item: &Item, failures: &mut Failures) {
        failures.check("name", !item.name.is_empty(), "must not be empty");
    }

    async fn handle(&self, item: Item, cx: Cx<'_, Self>) -> Result {
        let location = HeaderValue::from_static("/items/1");
        let send = cx.send.header(LOCATION, location);
        send.response_async(StatusCode::CREATED, item).await
    }
}

/// GET /who: returns the subject of the identity, and whether the peer's port is 7.
#[derive(Endpoint)]
struct Who;

impl Endpoint for Who {
    type Request = ();
    type Response = (String, bool);

    fn configure(config: &mut Config) {
        config.get("/who");
        config.roles(["clerk", "admin"]);
    }

    async fn handle(&self, (): (), cx: Cx<'_, Self>) -> Result {
        let name = cx.identity.subject().unwrap_or_default().to_owned();
        cx.send.ok_async((name, cx.peer.is_some_and(|peer| peer.address.port() == 7))).await
    }
}

/// POST /visits: counts the visits in a cookie.
#[derive(Endpoint)]
struct Visit;

impl Endpoint for Visit {
    type Request = ();
    type Response = ();

    fn configure(config: &mut Config) {
        config.post("/visits");
        config.allow_anonymous();
    }

    async fn handle(&self, (): (), cx: Cx<'_, Self>) -> Result {
        let cookie = cx.request.headers.get("cookie").and_then(|cookie| cookie.to_str().ok());
        let visits: u32 =
            cookie.and_then(|cookie| cookie.strip_prefix("visits=")?.parse().ok()).unwrap_or(0);
        let cookie = HeaderValue::try_from(format!("visits={}; Path=/", visits + 1))?;
        cx.send.header(SET_COOKIE, cookie).string_async(format!("{visits} before")).await
    }
}

#[derive(Debug, PartialEq, Serialize, Deserialize, JsonSchema, Events)]
enum Tick {
    Second(#[event(id)] u32),
    Hour,
}

#[derive(Serialize, Deserialize, JsonSchema)]
struct Ticking {
    seconds: u32,
}

/// GET /ticks/{seconds}: this many seconds after the client's last event id, then an hour.
#[derive(Endpoint)]
struct Ticks;

impl Endpoint for Ticks {
    type Request = Ticking;
    type Response = Events<Tick>;

    fn configure(config: &mut Config) {
        config.get("/ticks/{seconds}");
    }

    async fn handle(&self, request: Ticking, cx: Cx<'_, Self>) -> Result {
        let last: u32 = cx.last_event_id.and_then(|id| id.parse().ok()).unwrap_or(0);
        let ticks = stream! {
            for second in last + 1..=last + request.seconds {
                yield Tick::Second(second);
            }
            tokio::time::sleep(Duration::from_hours(1)).await;
            yield Tick::Hour;
        };
        cx.send.events_async(ticks).await
    }
}

/// POST /numbers: sends each number of the body as an event `number`.
#[derive(Endpoint)]
struct Numbers;

impl Endpoint for Numbers {
    type Request = Vec<u32>;
    type Response = Events<u32>;

    fn configure(config: &mut Config) {
        config.post("/numbers");
        config.allow_anonymous();
    }

    async fn handle(&self, numbers: Vec<u32>, cx: Cx<'_, Self>) -> Result {
        cx.send.event_stream_async("number", futures_util::stream::iter(numbers)).await
    }
}

fn host() -> Host {
    let host = Host::empty().endpoint::<PutItem>().endpoint::<Who>().endpoint::<Visit>();
    host.endpoint::<Ticks>().endpoint::<Numbers>()
}

/// Returns the application in memory, over HTTP/1.1 and over HTTP/2.
async fn apps() -> [TestApp; 3] {
    let (http1, http2) = (TestApp::http1(host()).await, TestApp::http2(host()).await);
    [TestApp::new(host()).unwrap(), http1.unwrap(), http2.unwrap()]
}

fn item() -> Item {
    Item { shelf: "a/b".into(), dry_run: None, name: "tea".into(), tags: vec!["x".into()] }
}

#[tokio::test]
async fn a_call_is_built_from_the_configuration_and_its_response_is_decoded() {
    for app in apps().await {
        let answer = app.send::<PutItem>(&item()).await.unwrap();
        assert_eq!(*answer, item());
        assert_eq!(
            (answer.status(), answer.header("location")),
            (StatusCode::CREATED, Some("/items/1"))
        );
        assert_eq!(answer.answer().header("content-type"), Some("application/json"));
    }
}

#[tokio::test]
async fn a_call_uses_the_first_route_whose_parameters_have_values() {
    let app = TestApp::new(host()).unwrap();
    let no_shelf = serde_json::json!({ "shelf": null, "name": "tea" });
    let problem = app.send_as::<PutItem>(&no_shelf).refused().await.unwrap();
    // Then `shelf` is absent from the query of GET.
    assert_eq!((problem.status.as_u16(), problem.instance.as_deref()), (400, Some("/items")));
}

#[tokio::test]
async fn an_error_response_is_an_error_with_its_problem() {
    for app in apps().await {
        let bad = Item { name: String::new(), ..item() };
        let error = app.send::<PutItem>(&bad).await.unwrap_err();
        let problem = error.problem().unwrap();
        assert_eq!(
            (error.status(), problem.names()),
            (Some(StatusCode::BAD_REQUEST), vec!["name"])
        );
        assert_eq!(problem.reason("name"), Some("must not be empty"));
        assert_eq!(problem.instance.as_deref(), Some("/shelves/a%2Fb/items"));
        assert_eq!(problem.trace_id.as_ref().map(String::len), Some(32));
        let text = format!("{error:?}");
        let start =
            "PUT /shelves/a%2Fb/items: error response 400 Bad Request, application/problem+json: {";
        assert!(text.starts_with(start), "{text}");
        assert_eq!(app.send::<PutItem>(&bad).refused().await.unwrap().title, problem.title);
    }
}

#[tokio::test]
async fn the_error_of_a_call_shows_the_response() {
    let app = TestApp::new(host()).unwrap();
    let error = app.send::<PutItem>(&item()).refused().await.unwrap_err().to_string();
    assert!(error.starts_with("PUT /shelves/a%2Fb/items: expected an error response, got 201 Created with `Location: /items/1`, application/json: {"), "{error}");
    let visit = app.post("/visits").await.unwrap();
    let error = visit.json::<u32>().unwrap_err().to_string();
    assert_eq!(
        error,
        "POST /visits: expected JSON of type `u32`, got 200 OK, text/plain; charset=utf-8: 0 before"
    );
    let error = app.send_as::<PutItem>(&[1]).await.unwrap_err().to_string();
    assert_eq!(error, "call PUT /shelves/{shelf}/items: the field `shelf` has no value");
    let error = app.get("/who").header("a b", "c").await.unwrap_err().to_string();
    assert!(error.starts_with("GET /who: no response ("), "{error}");
}

#[tokio::test]
async fn clients_of_several_users_share_one_application() {
    for app in apps().await {
        let ann = app.user(Identity::user("ann").with_role("admin"));
        let bob = app.user(Identity::user("bob"));
        assert_eq!(ann.send::<Who>(&()).await.unwrap().0, "ann");
        assert_eq!(bob.send::<Who>(&()).refused().await.unwrap().status, 403);
        let problem = app.send::<Who>(&()).refused().await.unwrap();
        assert_eq!(problem.status, 401);
        assert_eq!(problem.headers.get("www-authenticate").unwrap(), "TestUser");
        let over = Identity::user("eve").with_role("admin").with_expiry(SystemTime::UNIX_EPOCH);
        assert_eq!(app.user(over).send::<Who>(&()).refused().await.unwrap().status, 401);
        // Only the key of a user authenticates it, not its name.
        let forged = app.get("/who").header("x-test-user", "ann").await.unwrap();
        assert_eq!(forged.status(), 401);
    }
}

#[tokio::test]
async fn a_user_of_one_application_is_unknown_to_another() {
    let app = TestApp::new(host()).unwrap();
    let other = TestApp::new(host()).unwrap();
    let ann = app.user(Identity::user("ann").with_role("clerk"));
    let key = ann.get("/who").await.unwrap();
    assert_eq!(key.json::<(String, bool)>().unwrap().0, "ann");
    assert_eq!(other.send::<Who>(&()).refused().await.unwrap().status, 401);
}

#[tokio::test]
async fn a_request_in_memory_has_a_peer_only_if_one_is_set() {
    let app = TestApp::new(host()).unwrap().user(Identity::user("ann").with_role("clerk"));
    assert!(!app.send::<Who>(&()).await.unwrap().1);
    let app = app.from_peer(([127, 0, 0, 1], 7).into());
    assert!(app.send::<Who>(&()).await.unwrap().1);
}

#[tokio::test]
async fn only_a_client_with_cookies_keeps_them() {
    for app in apps().await {
        let visits = async |app: &TestApp| {
            app.send::<Visit>(&()).answer().await.unwrap().text().into_owned()
        };
        assert_eq!(
            (visits(&app).await, visits(&app).await),
            ("0 before".into(), "0 before".into())
        );
        let (ann, bob) = (app.with_cookies(), app.with_cookies());
        assert_eq!(
            (visits(&ann).await, visits(&ann).await),
            ("0 before".into(), "1 before".into())
        );
        assert_eq!(visits(&bob).await, "0 before");
        assert_eq!(visits(&ann.clone()).await, "2 before");
        // A response type of `()` accepts any body.
        ann.send::<Visit>(&()).await.unwrap();
    }
}

#[tokio::test]
async fn events_are_decoded_to_their_type() {
    for app in apps().await {
        let app = app.user(Identity::user("ann"));
        let mut ticks = app.events::<Ticks>(&Ticking { seconds: 2 }).await.unwrap();
        assert_eq!(ticks.next_event().await.unwrap(), Tick::Second(1));
        ticks.reconnect().await.unwrap();
        assert_eq!(ticks.next_event().await.unwrap(), Tick::Second(2));
        assert_eq!(ticks.next().await.unwrap().name, "second");
        assert_eq!(ticks.last_event_id(), "3");
        ticks.disconnect();
        let ticks = app.events::<Ticks>(&Ticking { seconds: 1 }).last_event_id("41").await;
        assert_eq!(ticks.unwrap().next_event().await.unwrap(), Tick::Second(42));
        let mut numbers = app.events::<Numbers>(&vec![3, 4]).await.unwrap();
        assert_eq!(
            (numbers.next_data().await.unwrap(), numbers.next_data().await.unwrap()),
            (3, 4)
        );
        numbers.ended().await.unwrap();
    }
}

#[tokio::test(start_paused = true)]
async fn an_hour_of_paused_time_passes_at_once() {
    let app = TestApp::new(host()).unwrap().user(Identity::user("ann"));
    let mut ticks = app.events::<Ticks>(&Ticking { seconds: 0 }).await.unwrap();
    let minute = Duration::from_mins(1);
    assert!(ticks.next_event_within(minute).await.is_err_and(|error| error.is_timeout()));
    assert_eq!(ticks.next_event().await.unwrap(), Tick::Hour);
}

#[tokio::test]
async fn the_error_of_an_event_stream_shows_the_response() {
    let app = TestApp::new(host()).unwrap();
    let mut ticks = app.events_as::<Ticks>(&Ticking { seconds: 1 }).await.unwrap();
    let error = ticks.next_event().await.unwrap_err().to_string();
    assert!(
        error.starts_with("read /ticks/1: expected an event stream, got 401 Unauthorized: {"),
        "{error}"
    );
    let mut numbers = app.events_as::<Numbers>(&[300]).await.unwrap();
    let event = numbers.next().await.unwrap();
    assert_eq!((event.name.as_str(), event.data.as_str()), ("number", "300"));
    let mut texts = app.events_as::<Numbers>(&["x"]).await.unwrap();
    let error = texts.next_data().await.unwrap_err().to_string();
    assert!(
        error.starts_with("read /numbers: expected an event stream, got 400 Bad Request: {"),
        "{error}"
    );
    let error = app.events_as::<Ticks>(&()).await.unwrap_err().to_string();
    assert_eq!(
        error,
        "read calling::Ticks: no response (call GET /ticks/{seconds}: the field `seconds` has no value)"
    );
}

#[tokio::test]
async fn a_replaced_body_is_sent_to_the_same_route() {
    let app = TestApp::new(host()).unwrap();
    let refused = app.send::<PutItem>(&item()).body("text/plain", "tea").refused().await.unwrap();
    assert_eq!(refused.status, 415);
    let head = app.call(Method::HEAD, "/items?shelf=a&name=b").await.unwrap();
    assert_eq!((head.status().as_u16(), head.bytes().len()), (201, 0));
}

struct V1;

impl Group for V1 {
    fn configure(group: &mut GroupConfig) {
        group.prefix("/stock");
    }
}

/// GET /count in a group with a prefix, in version 2.
#[derive(Endpoint)]
struct Grouped;

impl Endpoint for Grouped {
    type Request = ();
    type Response = String;

    fn configure(config: &mut Config) {
        config.group::<V1>();
        config.get("/count");
        config.version(2);
        config.allow_anonymous();
    }

    async fn handle(&self, (): (), cx: Cx<'_, Self>) -> Result {
        cx.send.ok_async(cx.request.uri.path().to_owned()).await
    }
}

#[tokio::test]
async fn prefixes_and_versions_are_part_of_the_path() {
    let host = Host::empty().endpoint::<Grouped>().defaults(|all| all.prefix("/api"));
    let app = TestApp::new(host).unwrap();
    assert_eq!(*app.send::<Grouped>(&()).await.unwrap(), "/api/v2/stock/count");
    let error = app.send::<Who>(&()).await.unwrap_err().to_string();
    assert_eq!(error, "call calling::Who: the host does not have this endpoint");
}
