//! Responses that set a session cookie, and caches between host and client.

use std::time::Duration;

use http::header::{CACHE_CONTROL, EXPIRES, HeaderName, HeaderValue, SET_COOKIE};
use http::{HeaderMap, Request, Response, StatusCode};
use hyperpoint::prelude::*;
use hyperpoint::schemes::{CookieSessions, SigningKeys};
use hyperpoint::{Application, Body, Identity};
use tower::ServiceExt;
use tower::util::MapResponseLayer;

use crate::http::endpoint;

const HOUR: Duration = Duration::from_hours(1);
const PUBLIC: HeaderValue = HeaderValue::from_static("public, max-age=60");
const CDN: HeaderName = HeaderName::from_static("cdn-cache-control");

#[derive(Deserialize, JsonSchema)]
struct Kind {
    kind: String,
}

/// Responds with what shared caches may store, as the handler marks it.
#[derive(Endpoint)]
#[endpoint(by_hand)]
struct Shared {
    sessions: Arc<CookieSessions>,
}

impl Endpoint for Shared {
    type Request = Kind;
    type Response = String;

    fn configure(config: &mut Config) {
        config.get("/shared/{kind}");
        config.allow_anonymous();
    }

    async fn handle(&self, Kind { kind }: Kind, cx: Cx<'_, Self>) -> Result {
        let send = cx.send.header(CACHE_CONTROL, PUBLIC).header(CDN, PUBLIC);
        let send = send.header(EXPIRES, HeaderValue::from_static("Fri, 31 Dec 9999 23:59:59 GMT"));
        match kind.as_str() {
            "versioned" => send.etag(7_u64).ok_async(kind).await,
            "sign-in" => {
                let cookie = self.sessions.sign_in(cx.request, &Identity::user("ann"))?;
                send.header(SET_COOKIE, cookie).etag(7_u64).ok_async(kind).await
            }
            "sign-out" => {
                send.header(SET_COOKIE, self.sessions.sign_out()).no_content_async().await
            }
            "bytes" => {
                let pieces = futures_util::stream::iter([kind]);
                send.stream_async(pieces, "text/plain").await
            }
            "gone" => send.status_async(StatusCode::GONE).await,
            "refused" => Err(Problem::new(StatusCode::NOT_FOUND).header(CACHE_CONTROL, PUBLIC)),
            _ => send.ok_async(kind).await,
        }
    }
}

endpoint! {
    Live: () => Events<u32>;
    |config| {
        config.get("/live");
    }
    |(), cx| { cx.send.event_stream_async("n", futures_util::stream::iter([1])).await }
}

/// Builds an application whose sessions are due for renewal, and the cookie of one session.
fn renewing() -> (Application, String) {
    let keys = || CookieSessions::new(SigningKeys::new([7; 32]));
    let (head, ()) = Request::post("/").body(()).unwrap().into_parts();
    let half_over = keys().max_age(HOUR).sign_in(&head, &Identity::user("ann")).unwrap();
    let cookie = half_over.to_str().unwrap().split(';').next().unwrap().to_owned();
    let sessions = Arc::new(keys().max_age(3 * HOUR).sliding(24 * HOUR));
    let host = Host::empty().endpoint::<Shared>().endpoint::<Live>();
    let host = host.service(Arc::clone(&sessions)).authentication(sessions);
    (host.build().unwrap(), cookie)
}

async fn get(app: &Application, path: &str, headers: &[(&str, &str)]) -> Response<Body> {
    let request =
        headers.iter().fold(Request::get(path), |all, (name, value)| all.header(*name, *value));
    app.clone().oneshot(request.body(String::new()).unwrap()).await.unwrap()
}

#[track_caller]
fn assert_private(headers: &HeaderMap) {
    let directives = headers[CACHE_CONTROL].to_str().unwrap();
    assert!(headers.contains_key(SET_COOKIE), "{headers:?}");
    assert!(directives.starts_with("private") && !directives.contains("public"), "{directives}");
    assert_eq!(headers.get_all(CACHE_CONTROL).iter().count(), 1);
    assert!(!headers.contains_key(CDN), "{headers:?}");
    assert!(headers.get(EXPIRES).is_none_or(|expires| expires == "0"), "{headers:?}");
}

#[tokio::test]
async fn no_shared_cache_stores_a_response_that_renews_a_session() {
    let (app, cookie) = renewing();
    let kinds = ["plain", "versioned", "bytes", "gone", "refused"];
    for path in kinds.map(|kind| format!("/shared/{kind}")).iter().chain(&["/live".to_owned()]) {
        assert_private(get(&app, path, &[("cookie", &cookie)]).await.headers());
    }
    let plain = get(&app, "/shared/plain", &[("cookie", &cookie)]).await;
    assert_eq!(plain.headers()[CACHE_CONTROL], "private, max-age=60");
}

#[tokio::test]
async fn no_shared_cache_stores_a_response_that_signs_in_or_out() {
    let (app, _) = renewing();
    for path in ["/shared/sign-in", "/shared/sign-out"] {
        assert_private(get(&app, path, &[]).await.headers());
    }
}

#[tokio::test]
async fn a_response_without_a_cookie_keeps_the_caching_of_its_handler() {
    let (app, _) = renewing();
    for path in ["/shared/plain", "/shared/bytes", "/shared/versioned"] {
        let answer = get(&app, path, &[]).await;
        assert_eq!(answer.headers()[CACHE_CONTROL], PUBLIC);
        assert_eq!(answer.headers()[CDN], PUBLIC);
    }
}

#[tokio::test]
async fn a_304_sends_no_cookie_to_a_cache_that_has_the_response() {
    let (app, cookie) = renewing();
    let known = [("if-none-match", "\"7\""), ("cookie", cookie.as_str())];
    let unchanged = get(&app, "/shared/versioned", &known).await;
    assert_eq!(unchanged.status(), StatusCode::NOT_MODIFIED);
    assert!(!unchanged.headers().contains_key(SET_COOKIE));
    assert_eq!(unchanged.headers()[CACHE_CONTROL], PUBLIC);
    // A sign-in has to reach its client, so the response is sent in full.
    let sign_in = get(&app, "/shared/sign-in", &known[..1]).await;
    assert_eq!(sign_in.status(), StatusCode::OK);
    assert_private(sign_in.headers());
}

#[tokio::test]
async fn a_host_without_schemes_keeps_answers_that_set_a_cookie_from_shared_caches_too() {
    let sessions = Arc::new(CookieSessions::new(SigningKeys::new([7; 32])));
    let app = Host::empty().endpoint::<Shared>().service(sessions).build().unwrap();
    for path in ["/shared/sign-in", "/shared/sign-out"] {
        assert_private(get(&app, path, &[]).await.headers());
    }
    let plain = get(&app, "/shared/plain", &[]).await;
    assert_eq!(plain.headers()[CACHE_CONTROL], PUBLIC);
}

/// What a layer makes of an answer.
fn public(mut answer: Response<Body>) -> Response<Body> {
    answer.headers_mut().insert(CACHE_CONTROL, PUBLIC);
    answer.headers_mut().insert(CDN, PUBLIC);
    answer
}

fn with_cookie(mut answer: Response<Body>) -> Response<Body> {
    answer.headers_mut().insert(SET_COOKIE, HeaderValue::from_static("by=layer"));
    answer
}

endpoint! {
    Layered: () => ();
    |config| {
        config.get("/layered");
        config.layer(MapResponseLayer::new(public));
    }
    |(), cx| { cx.send.no_content_async().await }
}

#[tokio::test]
async fn no_layer_makes_an_answer_that_sets_a_cookie_storable() {
    let keys = || CookieSessions::new(SigningKeys::new([7; 32]));
    let (head, ()) = Request::post("/").body(()).unwrap().into_parts();
    let half_over = keys().max_age(HOUR).sign_in(&head, &Identity::user("ann")).unwrap();
    let cookie = half_over.to_str().unwrap().split(';').next().unwrap();
    let host = || {
        let sessions = keys().max_age(3 * HOUR).sliding(24 * HOUR);
        Host::empty().endpoint::<Layered>().endpoint::<Live>().authentication(sessions)
    };
    let of_endpoint = host().build().unwrap();
    let of_host = host().layer(MapResponseLayer::new(public));
    let of_host = of_host.build().unwrap();
    let by_layer = host().layer(MapResponseLayer::new(with_cookie));
    let by_layer = by_layer.build().unwrap();
    for (app, path) in [(&of_endpoint, "/layered"), (&of_host, "/layered"), (&of_host, "/live")] {
        let answer = get(app, path, &[("cookie", cookie)]).await;
        assert!(answer.status().is_success(), "{}", answer.status());
        assert_private(answer.headers());
    }
    assert_private(get(&by_layer, "/layered", &[]).await.headers());
}
