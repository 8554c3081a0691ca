//! Tickets for event streams: one endpoint issues them, the stream reads them from the query.

use std::time::Duration;

use http::{Request, StatusCode};
use hyperpoint::prelude::*;
use hyperpoint::schemes::{ApiKeys, SigningKeys, Tickets};
use hyperpoint::{Application, Identity};
use tokio::time::advance;

use crate::http::{ask, endpoint};
use crate::wire::memory::Memory;

const KEY: &str = "ann-0123456789abc";
const MINUTE: Duration = Duration::from_mins(1);

#[derive(Endpoint)]
#[endpoint(by_hand)]
struct Issue {
    tickets: Arc<Tickets>,
}

impl Endpoint for Issue {
    type Request = ();
    type Response = String;

    fn configure(config: &mut Config) {
        config.post("/tickets");
    }

    async fn handle(&self, (): (), cx: Cx<'_, Self>) -> Result {
        cx.send.string_async(self.tickets.issue(cx.identity, "/prices/tea")?).await
    }
}

#[derive(Deserialize, JsonSchema)]
struct Which {
    of: String,
}

endpoint! {
    Prices: Which => Events<String>;
    |config| {
        config.get("/prices/{of}");
        config.post("/prices/{of}");
        config.roles(["trader"]);
        config.claim("tier", ["gold"]);
        config.allow_query_token("ticket");
    }
    |which, cx| {
        let told = format!("{} for {:?}", which.of, cx.identity.subject());
        let items = futures_util::StreamExt::chain(futures_util::stream::iter([told]), futures_util::stream::pending());
        cx.send.event_stream_async("price", items).await
    }
}

fn app(tickets: Tickets) -> Application {
    let tickets = Arc::new(tickets);
    let ann = Identity::user("ann").with_role("trader").with_claim("tier", "gold");
    let host = Host::empty().endpoint::<Issue>().endpoint::<Prices>().service(Arc::clone(&tickets));
    host.authentication(ApiKeys::new().key(KEY, ann)).authentication(tickets).build().unwrap()
}

fn tickets() -> Tickets {
    Tickets::new(SigningKeys::new([7; 32])).grace(MINUTE)
}

async fn issue(app: &Application) -> String {
    let request = Request::post("/tickets").header("x-api-key", KEY).body(String::new()).unwrap();
    ask(app, request).await.lines().last().unwrap().to_owned()
}

async fn open(app: &Application, method: &str, path: &str, ticket: &str) -> Memory {
    let request = Request::builder().method(method).uri(format!("{path}?ticket={ticket}"));
    Memory::ask(app, request.body(String::new()).unwrap()).await
}

/// Returns whether the stream opens with this ticket, and disconnects at once.
async fn opens(app: &Application, ticket: &str) -> bool {
    open(app, "GET", "/prices/tea", ticket).await.head.status == StatusCode::OK
}

/// Waits until a ticket issued now is too old for a first use.
async fn outlive(window: Duration) {
    tokio::task::spawn_blocking(move || std::thread::sleep(window)).await.unwrap();
}

#[tokio::test]
async fn a_ticket_opens_only_the_stream_it_was_issued_for_as_its_user() {
    let app = app(tickets());
    let ticket = issue(&app).await;
    let mut stream = open(&app, "GET", "/prices/tea", &ticket).await;
    assert!(stream.frame().await.unwrap().contains(r#"data: "tea for Some(\"ann\")""#));
    for (method, path, ticket) in [
        ("GET", "/prices/salt", ticket.as_str()),
        ("POST", "/prices/tea", &ticket),
        ("GET", "/prices/tea", &ticket[1..]),
        ("GET", "/prices/tea", ""),
        ("POST", "/tickets", &ticket),
    ] {
        let refused = open(&app, method, path, ticket).await;
        assert_eq!(refused.head.status, StatusCode::UNAUTHORIZED, "{method} {path}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_ticket_used_in_time_allows_reconnecting_and_an_unused_one_expires() {
    const WINDOW: Duration = Duration::from_millis(200);
    let app = app(tickets().first_use(WINDOW));
    advance(MINUTE).await;
    let (used, unused) = (issue(&app).await, issue(&app).await);
    let stream = open(&app, "GET", "/prices/tea", &used).await;
    assert_eq!(stream.head.status, StatusCode::OK);
    outlive(WINDOW).await;
    assert!(!opens(&app, &unused).await);
    advance(10 * MINUTE).await;
    assert!(opens(&app, &used).await, "the stream of the ticket is open");
    drop(stream);
    advance(MINUTE / 2).await;
    assert!(opens(&app, &used).await, "the stream of the ticket ended a moment ago");
    advance(MINUTE).await;
    assert!(!opens(&app, &used).await, "the stream of the ticket ended long ago");
}

#[tokio::test(start_paused = true)]
async fn streams_survive_a_restart_of_the_process() {
    let before = app(tickets().first_use(Duration::ZERO));
    let ticket = issue(&before).await;
    let after = app(tickets().first_use(Duration::ZERO));
    assert!(opens(&after, &ticket).await);
    let other = app(Tickets::new(SigningKeys::new([8; 32])));
    assert!(!opens(&other, &ticket).await);
}

#[tokio::test(start_paused = true)]
async fn across_processes_a_ticket_is_valid_for_its_lifetime_only() {
    const HOLDS: Duration = Duration::from_millis(200);
    let new = || tickets().for_several_processes(HOLDS).first_use(Duration::ZERO);
    let (one, other) = (app(new()), app(new()));
    let ticket = issue(&one).await;
    assert!(opens(&other, &ticket).await);
    outlive(HOLDS).await;
    assert!(!opens(&other, &ticket).await && !opens(&one, &ticket).await);
}

#[tokio::test]
async fn a_grace_period_does_not_track_tickets_that_are_valid_across_processes() {
    let new = || Tickets::new(SigningKeys::new([7; 32])).first_use(Duration::ZERO);
    for tickets in [
        new().grace(Duration::ZERO).for_several_processes(MINUTE),
        new().for_several_processes(MINUTE).grace(Duration::ZERO),
    ] {
        let app = app(tickets);
        let ticket = issue(&app).await;
        assert!(opens(&app, &ticket).await);
    }
}

endpoint! {
    Staff: () => ();
    |config| {
        config.get("/staff");
        config.schemes(["staff", "ticket"]);
        config.allow_query_token("ticket");
    }
    |(), cx| { cx.send.no_content_async().await }
}

endpoint! {
    TicketsAlone: () => ();
    |config| {
        config.get("/alone");
        config.schemes(["ticket"]);
        config.allow_query_token("ticket");
    }
    |(), cx| { cx.send.no_content_async().await }
}

#[tokio::test]
async fn a_ticket_opens_no_endpoint_that_what_it_was_issued_for_does_not_open() {
    let tickets = Arc::new(tickets());
    let host = Host::empty().endpoint::<Staff>().endpoint::<TicketsAlone>();
    let host = host.authentication(Arc::clone(&tickets));
    let host = host.authentication(ApiKeys::new().key(KEY, Identity::user("ann")));
    let staff = ApiKeys::new().named("staff").header(http::HeaderName::from_static("x-staff"));
    let app = host.authentication(staff.key(KEY, Identity::user("boss"))).build().unwrap();
    for (path, scheme, expected) in [
        ("/staff", Some("staff"), StatusCode::NO_CONTENT),
        ("/staff", Some("api-key"), StatusCode::UNAUTHORIZED),
        ("/staff", None, StatusCode::NO_CONTENT),
        ("/alone", Some("staff"), StatusCode::UNAUTHORIZED),
        ("/alone", None, StatusCode::NO_CONTENT),
    ] {
        let user = Identity::user("ann");
        let user = scheme.into_iter().fold(user, Identity::with_scheme);
        let ticket = tickets.issue(&user, path).unwrap();
        let answer = open(&app, "GET", path, &ticket).await;
        assert_eq!(answer.head.status, expected, "{path} by {scheme:?}");
    }
    // Nor does the key itself.
    let request = Request::get("/staff").header("x-api-key", KEY).body(String::new()).unwrap();
    assert!(ask(&app, request).await.starts_with("401 "));
}
