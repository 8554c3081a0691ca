//! Revoked identities: what happens to their tickets and their open streams.

use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::time::Duration;

use futures_util::{StreamExt, stream as streams};
use http::{HeaderValue, Request, StatusCode, request};
use http_body_util::BodyExt;
use hyperpoint::prelude::*;
use hyperpoint::schemes::{ApiKeys, CookieSessions, SigningKeys, Tickets};
use hyperpoint::{
    Application, AuthenticationScheme, Identity, ServerOptions, StillHolds, async_trait,
};
use tokio::time::{Instant, sleep};
use tower::ServiceExt;

use crate::http::talk;
use crate::wire::eventually;
use crate::wire::memory::Memory;

const SECOND: Duration = Duration::from_secs(1);
const INTERVAL: Duration = Duration::from_secs(30);
const ROOM: TopicName<u32> = TopicName::new("room");
const KEY: &str = "ann-0123456789abc";

/// The application's session store.
#[derive(Default)]
struct Store {
    state: Mutex<State>,
    asked: AtomicUsize,
}

#[derive(Clone, Copy, Default)]
enum State {
    #[default]
    Holds,
    Revoked,
    Away,
    Hangs,
    Panics,
}

impl Store {
    fn set(&self, state: State) {
        *self.state.lock().unwrap() = state;
    }

    async fn still_holds(&self) -> Result<bool> {
        self.asked.fetch_add(1, SeqCst);
        let state = *self.state.lock().unwrap();
        match state {
            State::Holds => Ok(true),
            State::Revoked => Ok(false),
            State::Away => Err(Problem::internal("the store is away")),
            State::Hangs => std::future::pending().await,
            State::Panics => panic!("the store is broken"),
        }
    }
}

/// Authenticates users by the header `x-user` if the store knows them: a custom scheme of an
/// application.
struct Own(Arc<Store>);

#[async_trait]
impl AuthenticationScheme for Own {
    fn challenge(&self, _: &request::Parts) -> HeaderValue {
        HeaderValue::from_static("Own")
    }

    async fn authenticate(&self, request: &request::Parts) -> Result<Option<Identity>> {
        let user = request.headers.get("x-user").and_then(|user| user.to_str().ok());
        Ok(if self.0.still_holds().await? { user.map(Identity::user) } else { None })
    }

    fn still_holds<'a>(&'a self, _: &'a Identity) -> Option<StillHolds<'a>> {
        Some(Box::pin(self.0.still_holds()))
    }
}

#[derive(Deserialize, JsonSchema)]
struct Kind {
    kind: String,
}

/// Streams without an end.
#[derive(Endpoint)]
#[endpoint(by_hand)]
struct Live {
    topics: Arc<Topics>,
}

impl Endpoint for Live {
    type Request = Kind;
    type Response = Events<u32>;

    fn configure(config: &mut Config) {
        config.get("/live/{kind}");
        config.allow_query_token("ticket");
    }

    async fn handle(&self, Kind { kind }: Kind, cx: Cx<'_, Self>) -> Result {
        match kind.as_str() {
            "topic" => cx.send.topic_async(&self.topics.topic(ROOM)).await,
            "sink" => {
                let mut events = cx.send.open_event_stream_async().await?;
                loop {
                    events.send("n", &1).await?;
                    sleep(SECOND).await;
                }
            }
            "idle" => {
                let idle = streams::iter([1]).chain(streams::pending());
                cx.send.event_stream_async("n", idle).await
            }
            _ => {
                let ticks = streams::repeat(1_u32).then(|n| async move {
                    sleep(SECOND).await;
                    n
                });
                cx.send.event_stream_async("n", ticks).await
            }
        }
    }
}

#[derive(Endpoint)]
#[endpoint(by_hand)]
struct Rows;

impl Endpoint for Rows {
    type Request = ();
    type Response = ();

    fn configure(config: &mut Config) {
        config.get("/rows");
    }

    async fn handle(&self, (): (), cx: Cx<'_, Self>) -> Result {
        let rows = streams::iter(0..60).then(|n| async move {
            sleep(SECOND).await;
            format!("{n}\n")
        });
        cx.send.stream_async(rows, "text/csv").await
    }
}

/// Issues a ticket for the topic, also to a user who signed in with a ticket.
#[derive(Endpoint)]
#[endpoint(by_hand)]
struct Issue {
    tickets: Arc<Tickets>,
}

impl Endpoint for Issue {
    type Request = ();
    type Response = ();

    fn configure(config: &mut Config) {
        config.get("/ticket");
        config.allow_query_token("ticket");
    }

    async fn handle(&self, (): (), cx: Cx<'_, Self>) -> Result {
        let path = if cx.identity.origin().is_some() { "/live/idle" } else { "/ticket" };
        cx.send.string_async(self.tickets.issue(cx.identity, path)?).await
    }
}

struct Site {
    app: Application,
    store: Arc<Store>,
    sessions: Arc<CookieSessions>,
    tickets: Arc<Tickets>,
}

impl Site {
    fn new() -> Self {
        Self::with(|_| {})
    }

    fn with(options: impl FnOnce(&mut ServerOptions)) -> Self {
        let (host, store, sessions, tickets) = Self::host(options);
        Self { app: host.build().unwrap(), store, sessions, tickets }
    }

    fn host(
        options: impl FnOnce(&mut ServerOptions),
    ) -> (Host, Arc<Store>, Arc<CookieSessions>, Arc<Tickets>) {
        let store = Arc::<Store>::default();
        let seen = Arc::clone(&store);
        let keys = SigningKeys::new([7; 32]);
        let sessions = CookieSessions::new(keys.clone()).check(move |_| {
            let store = Arc::clone(&seen);
            async move { store.still_holds().await }
        });
        let (sessions, tickets) = (Arc::new(sessions), Arc::new(Tickets::new(keys)));
        let host = Host::empty().endpoint::<Live>().endpoint::<Rows>().endpoint::<Issue>();
        let host = host.service(Arc::clone(&tickets)).options(options);
        let host = host.authentication(Arc::clone(&sessions)).authentication(Arc::clone(&tickets));
        let host = host.authentication(Own(Arc::clone(&store)));
        let host = host.authentication(ApiKeys::new().key(KEY, Identity::user("ann")));
        (host.bind("127.0.0.1:0"), store, sessions, tickets)
    }

    fn cookie(&self) -> String {
        let (head, ()) = Request::post("/").body(()).unwrap().into_parts();
        let cookie = self.sessions.sign_in(&head, &Identity::user("ann")).unwrap();
        cookie.to_str().unwrap().split(';').next().unwrap().to_owned()
    }

    /// Returns a ticket for this path, for a user of this scheme.
    fn ticket(&self, scheme: &str, path: &str) -> String {
        self.tickets.issue(&Identity::user("ann").with_scheme(scheme), path).unwrap()
    }

    async fn get(&self, target: &str, name: &str, value: &str) -> Memory {
        let request = Request::get(target).header(name, value).body(String::new()).unwrap();
        Memory::ask(&self.app, request).await
    }

    async fn status(&self, target: &str, name: &str, value: &str) -> StatusCode {
        self.get(target, name, value).await.head.status
    }
}

#[tokio::test]
async fn a_ticket_is_invalid_once_its_session_is_revoked() {
    let site = Site::new();
    for scheme in ["session", "Own"] {
        site.store.set(State::Holds);
        let target = format!("/live/idle?ticket={}", site.ticket(scheme, "/live/idle"));
        assert_eq!(site.status(&target, "x-any", "").await, StatusCode::OK);
        site.store.set(State::Revoked);
        assert_eq!(site.status(&target, "x-any", "").await, StatusCode::UNAUTHORIZED, "{scheme}");
        // The ticket is valid again when its session is.
        site.store.set(State::Holds);
        assert_eq!(site.status(&target, "x-any", "").await, StatusCode::OK);
    }
}

#[tokio::test]
async fn a_ticket_is_an_error_while_the_store_of_its_session_is_unavailable() {
    let site = Site::new();
    let target = format!("/live/idle?ticket={}", site.ticket("session", "/live/idle"));
    site.store.set(State::Away);
    let status = site.status(&target, "x-any", "").await;
    assert_eq!(status, StatusCode::INTERNAL_SERVER_ERROR);
}

#[tokio::test]
async fn a_ticket_issued_through_a_ticket_is_bound_to_the_first_session() {
    let site = Site::new();
    let text =
        async |target: String, cookie: &str| site.get(&target, "cookie", cookie).await.rest().await;
    let first = text("/ticket".to_owned(), &site.cookie()).await;
    let second = text(format!("/ticket?ticket={first}"), "").await;
    let target = format!("/live/idle?ticket={second}");
    assert_eq!(site.status(&target, "x-any", "").await, StatusCode::OK);
    site.store.set(State::Revoked);
    assert_eq!(site.status(&target, "x-any", "").await, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn a_ticket_of_a_scheme_unknown_to_the_host_is_invalid() {
    let site = Site::new();
    for (scheme, expected) in [("api-key", StatusCode::OK), ("elsewhere", StatusCode::UNAUTHORIZED)]
    {
        let target = format!("/live/idle?ticket={}", site.ticket(scheme, "/live/idle"));
        assert_eq!(site.status(&target, "x-any", "").await, expected, "{scheme}");
    }
}

#[tokio::test(start_paused = true)]
async fn an_event_stream_ends_within_the_interval_after_its_identity_is_revoked() {
    let site = Site::new();
    for kind in ["topic", "idle", "ticks", "sink"] {
        let path = format!("/live/{kind}");
        let ticket = format!("{path}?ticket={}", site.ticket("session", &path));
        let cookie = site.cookie();
        for (target, name, value) in
            [(&path, "cookie", cookie.as_str()), (&ticket, "x-any", ""), (&path, "x-user", "ann")]
        {
            let told = format!("{kind} by {name}");
            site.store.set(State::Holds);
            let mut stream = site.get(target, name, value).await;
            assert_eq!(stream.head.status, StatusCode::OK, "{told}");
            let held = read_for(&mut stream, 10 * INTERVAL).await;
            assert!(held.is_some_and(|text| !text.contains("event: reconnect")), "{told}");
            site.store.set(State::Revoked);
            let begun = Instant::now();
            let rest = stream.rest().await;
            let took = begun.elapsed();
            assert!(took <= INTERVAL + SECOND, "{told}: {took:?}");
            let (_, last) = rest.split_once("event: reconnect\nretry: ").unwrap();
            let (_, last) = last.split_once('\n').unwrap();
            assert_eq!(last, "data: {}\n\n", "{told}");
            let next = site.status(target, name, value).await;
            assert_eq!(next, StatusCode::UNAUTHORIZED, "{told}");
        }
    }
}

/// Returns the data that arrive within this time, or nothing if the stream ends before.
async fn read_for(stream: &mut Memory, time: Duration) -> Option<String> {
    let end = Instant::now() + time;
    let mut text = String::new();
    loop {
        match tokio::time::timeout_at(end, stream.frame()).await {
            Ok(Some(frame)) => text.push_str(&frame),
            Ok(None) => return None,
            Err(_) => return Some(text),
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_byte_stream_is_cut_when_its_identity_is_revoked() {
    let site = Site::new();
    let request = || Request::get("/rows").header("cookie", site.cookie()).body(String::new());
    let answer = site.app.clone().oneshot(request().unwrap()).await.unwrap();
    let whole = answer.into_body().collect().await.unwrap().to_bytes();
    assert!(whole.ends_with(b"59\n"));
    let answer = site.app.clone().oneshot(request().unwrap()).await.unwrap();
    site.store.set(State::Revoked);
    let error = answer.into_body().collect().await.unwrap_err();
    assert_eq!(error.to_string(), "the response was aborted: its identity was revoked");
}

#[tokio::test(start_paused = true)]
async fn a_check_that_fails_cuts_no_stream_and_is_repeated_after_the_interval() {
    for state in [State::Away, State::Hangs, State::Panics] {
        let site = Site::new();
        let mut stream = site.get("/live/topic", "cookie", &site.cookie()).await;
        site.store.set(state);
        assert!(read_for(&mut stream, 10 * INTERVAL).await.is_some());
        assert!(site.store.asked.load(SeqCst) >= 7);
        site.store.set(State::Revoked);
        let begun = Instant::now();
        assert!(stream.rest().await.contains("event: reconnect"));
        assert!(begun.elapsed() <= INTERVAL + 11 * SECOND, "{:?}", begun.elapsed());
    }
}

#[tokio::test(start_paused = true)]
async fn the_interval_is_an_option_and_each_stream_has_its_own_schedule() {
    let site = Site::with(|options| options.revocation_check = 5 * SECOND);
    let mut ends = Vec::new();
    for _ in 0..5 {
        site.store.set(State::Holds);
        let mut stream = site.get("/live/idle", "cookie", &site.cookie()).await;
        site.store.set(State::Revoked);
        let begun = Instant::now();
        stream.rest().await;
        ends.push(begun.elapsed());
    }
    assert!(
        ends.iter().all(|end| (4 * SECOND..=5 * SECOND + SECOND / 10).contains(end)),
        "{ends:?}"
    );
    ends.dedup();
    assert!(ends.len() > 1, "{ends:?}");
}

#[tokio::test(start_paused = true)]
async fn irrevocable_identities_and_disconnected_clients_are_not_checked() {
    let site = Site::new();
    let mut stream = site.get("/live/topic", "x-api-key", KEY).await;
    let before = site.store.asked.load(SeqCst);
    assert!(read_for(&mut stream, 10 * INTERVAL).await.is_some());
    drop(stream);
    let mut left = site.get("/live/topic", "x-user", "ann").await;
    assert!(read_for(&mut left, SECOND).await.is_some());
    drop(left);
    sleep(10 * INTERVAL).await;
    // The requests themselves checked the scheme.
    assert_eq!(site.store.asked.load(SeqCst), before + 1);
}

#[tokio::test]
async fn a_stream_over_a_socket_ends_although_nothing_is_sent_on_it() {
    let (host, store, ..) = Site::host(|options| options.revocation_check = SECOND / 50);
    let host = host.start().await.unwrap();
    for kind in ["topic", "idle"] {
        store.set(State::Holds);
        let head = format!(
            "GET /live/{kind} HTTP/1.1\r\nhost: a\r\nx-user: ann\r\nconnection: close\r\n\r\n"
        );
        let (asked, address) = (store.asked.load(SeqCst), host.address());
        let stream = tokio::spawn(async move { talk(address, head).await });
        eventually(|| store.asked.load(SeqCst) > asked + 2).await;
        assert!(!stream.is_finished());
        store.set(State::Revoked);
        assert!(stream.await.unwrap().contains("event: reconnect"), "{kind}");
    }
}
