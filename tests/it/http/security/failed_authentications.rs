//! The limit on failed authentication: which failures count, which clients are refused, and which
//! are not.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::time::Duration;

use futures_util::FutureExt;
use http::header::{AUTHORIZATION, COOKIE};
use http::{HeaderValue, Request, StatusCode, request};
use hyperpoint::prelude::*;
use hyperpoint::schemes::{ApiKeys, CookieSessions, Jwt, JwtIssuer, JwtKey, SigningKeys};
use hyperpoint::{Application, AuthenticationScheme, Identity, Peer, async_trait};
use insta::assert_snapshot;
use tower::ServiceExt;

use crate::http::{ask, endpoint};
use crate::wire::memory::Memory;
use crate::wire::raw::Raw;

pub(super) const HERE: &str = "192.0.2.1:1000";
const THERE: &str = "192.0.2.2:1000";
/// The defaults: the maximum number of failures at once, and the time until one is allowed again.
pub(super) const BURST: usize = 10;
pub(super) const EACH: Duration = Duration::from_secs(5);

endpoint! {
    Closed: () => ();
    |config| {
        config.get("/closed");
        config.post("/closed");
    }
    |(), cx| { cx.send.string_async(cx.identity.subject().unwrap_or("nobody").to_owned()).await }
}

endpoint! {
    Open: () => ();
    |config| {
        config.get("/open");
        config.allow_anonymous();
    }
    |(), cx| { cx.send.string_async(cx.identity.subject().unwrap_or("nobody").to_owned()).await }
}

endpoint! {
    Stream: () => Events<u32>;
    |config| {
        config.get("/stream");
        config.allow_query_token("key");
    }
    |(), cx| { cx.send.event_stream_async("n", futures_util::stream::iter([1])).await }
}

/// A key store that counts its look-ups: `k-ann` belongs to Ann, a look-up of `slow` never
/// finishes, and one of `away` fails.
pub(super) fn store(lookups: &Arc<AtomicUsize>) -> ApiKeys {
    let lookups = Arc::clone(lookups);
    ApiKeys::new().look_up(move |key| {
        lookups.fetch_add(1, SeqCst);
        async move {
            match key.as_str() {
                "slow" => std::future::pending().await,
                "away" => Err("the store is away")?,
                key => Ok(key.strip_prefix("k-").map(Identity::user)),
            }
        }
    })
}

pub(super) fn host(lookups: &Arc<AtomicUsize>) -> Host {
    let host = Host::empty().endpoint::<Closed>().endpoint::<Open>().endpoint::<Stream>();
    // Shared, because endpoints also use the store as a scheme.
    host.authentication(Arc::new(store(lookups)))
}

fn app() -> (Application, Arc<AtomicUsize>) {
    let lookups = Arc::default();
    (host(&lookups).build().unwrap(), lookups)
}

pub(super) fn from(address: &str, path: &str) -> request::Builder {
    Request::get(path).extension(Peer::new(address.parse::<SocketAddr>().unwrap()))
}

pub(super) async fn status(app: &Application, request: request::Builder) -> u16 {
    let request = request.body(String::new()).unwrap();
    app.clone().oneshot(request).await.unwrap().status().as_u16()
}

async fn key(app: &Application, address: &str, key: &str) -> u16 {
    status(app, from(address, "/closed").header("x-api-key", key)).await
}

/// Sends wrong keys until the network is over its limit, and returns the number of 401 responses.
pub(super) async fn guess(app: &Application, address: &str) -> usize {
    for count in 0..100 {
        match key(app, address, &format!("guess-{count}")).await {
            401 => {}
            status => {
                assert_eq!(status, 429);
                return count;
            }
        }
    }
    panic!("no limit");
}

#[tokio::test(start_paused = true)]
async fn twelve_bad_keys_in_a_row_are_not_all_looked_up() {
    let (app, lookups) = app();
    for index in 0..12 {
        let expected = if index < BURST { 401 } else { 429 };
        assert_eq!(key(&app, HERE, &format!("guess-{index}")).await, expected);
    }
    assert_eq!(lookups.load(SeqCst), BURST);
    let request = from(HERE, "/closed").header("x-api-key", "guess").body(String::new());
    assert_snapshot!(ask(&app, request.unwrap()).await, @r#"
    429 Too Many Requests
    content-type: application/problem+json
    retry-after: 5

    {"type":"about:blank","title":"Too Many Requests","status":429,"detail":"too many failed attempts to authenticate from your network; try again later","instance":"/closed","traceId":"T"}
    "#);
    // Afterwards one guess is looked up every 5 s, regardless of how many are sent.
    tokio::time::advance(EACH).await;
    assert_eq!(guess(&app, HERE).await, 1);
    assert_eq!(lookups.load(SeqCst), BURST + 1);
}

#[tokio::test(start_paused = true)]
async fn failures_count_only_for_the_network_of_the_client() {
    let (app, _) = app();
    assert_eq!(guess(&app, HERE).await, BURST);
    assert_eq!(guess(&app, "192.0.2.1:2000").await, 0);
    assert_eq!(guess(&app, THERE).await, BURST);
    assert_eq!(guess(&app, "[2001:db8::1]:1").await, BURST);
    assert_eq!(guess(&app, "[2001:db8::2]:1").await, 0);
    assert_eq!(guess(&app, "[2001:db8:0:1::1]:1").await, BURST);
}

#[tokio::test(start_paused = true)]
async fn users_behind_the_address_of_a_guesser_stay_signed_in() {
    let (app, _) = app();
    assert_eq!(key(&app, HERE, "k-ann").await, 200);
    assert_eq!(guess(&app, HERE).await, BURST);
    for _ in 0..50 {
        assert_eq!(key(&app, HERE, "k-ann").await, 200);
    }
    // A key that was accepted elsewhere is known as well; a key that was never accepted has to
    // wait.
    assert_eq!(key(&app, THERE, "k-bob").await, 200);
    assert_eq!(key(&app, HERE, "k-bob").await, 200);
    assert_eq!(key(&app, HERE, "k-new").await, 429);
    tokio::time::advance(EACH).await;
    assert_eq!(key(&app, HERE, "k-new").await, 200);
    assert_eq!(key(&app, HERE, "k-new").await, 200);
}

#[tokio::test(start_paused = true)]
async fn a_request_without_credentials_is_not_counted_and_not_refused() {
    let (app, _) = app();
    for _ in 0..50 {
        assert_eq!(status(&app, from(HERE, "/closed")).await, 401);
    }
    assert_eq!(guess(&app, HERE).await, BURST);
    assert_eq!(status(&app, from(HERE, "/closed")).await, 401);
    assert_eq!(status(&app, from(HERE, "/open")).await, 200);
}

#[tokio::test(start_paused = true)]
async fn an_open_endpoint_stays_reachable_and_makes_no_look_ups() {
    let (app, lookups) = app();
    let open = |index: usize| {
        let request = from(HERE, "/open").header("x-api-key", format!("guess-{index}"));
        ask(&app, request.body(String::new()).unwrap())
    };
    for index in 0..50 {
        let answer = open(index).await;
        assert!(answer.starts_with("200 ") && answer.ends_with("\nnobody"), "{answer}");
    }
    assert_eq!(lookups.load(SeqCst), BURST);
}

#[tokio::test(start_paused = true)]
async fn line_23_an_event_stream_over_the_limit_is_asked_to_reconnect() {
    let (app, _) = app();
    assert_eq!(guess(&app, HERE).await, BURST);
    let request = from(HERE, "/stream?key=guess").body(String::new()).unwrap();
    let mut stream = Memory::ask(&app, request).await;
    assert_eq!(stream.head.status, 200);
    let body = stream.rest().await;
    assert!(body.starts_with("event: reconnect\nretry: "), "{body}");
}

#[tokio::test(start_paused = true)]
async fn a_client_that_disconnects_gets_no_uncounted_look_ups() {
    let (app, lookups) = app();
    for _ in 0..100 {
        let request = from(HERE, "/closed").header("x-api-key", "slow").body(String::new());
        let mut answer = Box::pin(app.clone().oneshot(request.unwrap()));
        assert!((&mut answer).now_or_never().is_none_or(|answer| answer.unwrap().status() == 429));
    }
    assert_eq!(lookups.load(SeqCst), BURST);
}

#[tokio::test(start_paused = true)]
async fn an_unavailable_store_does_not_count_as_a_failure_of_the_client() {
    let (app, _) = app();
    assert_eq!(key(&app, HERE, "guess").await, 401);
    for _ in 0..50 {
        assert_eq!(key(&app, HERE, "away").await, 500);
    }
    assert_eq!(guess(&app, HERE).await, BURST - 1);
}

#[tokio::test(start_paused = true)]
async fn signed_credentials_are_always_checked_and_expired_ones_do_not_count() {
    let secret = [7; 32];
    let sessions = Arc::new(CookieSessions::new(SigningKeys::new(secret)));
    let jwt = Jwt::new(JwtKey::secret(secret)).accept_any_issuer().accept_any_audience();
    let lookups = Arc::default();
    let host = host(&lookups).authentication(Arc::clone(&sessions)).authentication(jwt);
    let app = host.build().unwrap();

    let ann = Identity::user("ann");
    let (request, ()) = Request::post("/").body(()).unwrap().into_parts();
    let cookie = sessions.sign_in(&request, &ann).unwrap();
    let cookie = cookie.to_str().unwrap().split(';').next().unwrap().to_owned();
    let token =
        |user: &Identity| format!("Bearer {}", JwtIssuer::secret(secret).issue(user).unwrap());
    let ended = token(&ann.clone().with_expiry(std::time::SystemTime::UNIX_EPOCH));

    // Pages and programs whose session or token has expired, or was signed with an earlier secret.
    for _ in 0..50 {
        let expired = from(HERE, "/closed").header(AUTHORIZATION, &ended);
        assert_eq!(status(&app, expired.header(COOKIE, "__Host-session=e30.AAAA")).await, 401);
    }
    assert_eq!(guess(&app, HERE).await, BURST);
    // Neither value was accepted before.
    assert_eq!(status(&app, from(HERE, "/closed").header(COOKIE, cookie)).await, 200);
    assert_eq!(status(&app, from(HERE, "/closed").header(AUTHORIZATION, token(&ann))).await, 200);
}

/// Authenticates no request, and refuses it itself.
struct Strict;

#[async_trait]
impl AuthenticationScheme for Strict {
    fn challenge(&self, _: &request::Parts) -> HeaderValue {
        HeaderValue::from_static("Strict")
    }

    async fn authenticate(&self, request: &request::Parts) -> Result<Option<Identity>> {
        match request.headers.get(AUTHORIZATION) {
            Some(_) => Err(Problem::new(StatusCode::UNAUTHORIZED)),
            None => Ok(None),
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_custom_scheme_is_limited_by_its_authorization_header() {
    let app = Host::empty().endpoint::<Closed>().authentication(Strict).build().unwrap();
    for index in 0..20 {
        let request = from(HERE, "/closed").header(AUTHORIZATION, format!("Basic {index}"));
        assert_eq!(status(&app, request).await, if index < BURST { 401 } else { 429 });
    }
}

#[tokio::test(start_paused = true)]
async fn the_limit_is_an_option_and_0_turns_it_off() {
    let lookups = Arc::default();
    let strict = host(&lookups).options(|options| {
        options.failed_authentications_per_minute = 60;
        options.failed_authentication_burst = 2;
    });
    assert_eq!(guess(&strict.build().unwrap(), HERE).await, 2);
    let off = host(&lookups).options(|options| options.failed_authentications_per_minute = 0);
    let off = off.build().unwrap();
    for _ in 0..200 {
        assert_eq!(key(&off, HERE, "guess").await, 401);
    }
}

#[tokio::test]
async fn behind_a_trusted_proxy_its_clients_are_counted() {
    let lookups = Arc::default();
    let host = host(&lookups).trust_x_forwarded_for(["127.0.0.1"]).bind("127.0.0.1:0");
    let host = host.start().await.unwrap();
    let ask = async |client: &str| {
        let head = format!(
            "GET /closed HTTP/1.1\r\nhost: a\r\nx-api-key: guess\r\nx-forwarded-for: {client}\r\n\r\n"
        );
        Raw::open(host.address(), head).await.head().await.status()
    };
    for _ in 0..BURST {
        assert_eq!(ask("198.51.100.7").await, 401);
    }
    assert_eq!(ask("198.51.100.7").await, 429);
    assert_eq!(ask("198.51.100.8").await, 401);
}

#[tokio::test(start_paused = true)]
async fn successive_sign_ins_do_not_count_against_a_network() {
    let (app, _) = app();
    assert_eq!(key(&app, HERE, "guess").await, 401);
    for index in 0..100 {
        assert_eq!(key(&app, HERE, &format!("k-{index}")).await, 200);
    }
    assert_eq!(guess(&app, HERE).await, BURST - 1);
}
