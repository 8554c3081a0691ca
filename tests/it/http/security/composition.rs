//! Parts that are sound alone, tried against each other: access and methods, preflights, layers,
//! versions, compression and revocation, tokens in the query, and another framework around it all.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering::SeqCst};
use std::time::Duration;

use axum::Router;
use futures_util::StreamExt;
use http::header::{ALLOW, CONTENT_ENCODING, HOST, LOCATION};
use http::{HeaderValue, Method, Request, Response, StatusCode};
use http_body_util::BodyExt;
use hyperpoint::prelude::*;
use hyperpoint::schemes::{ApiKeys, CookieSessions, Jwt, JwtIssuer, JwtKey, SigningKeys, Tickets};
use hyperpoint::{Application, Body, Identity, Peer, RateLimit, Redirect, ServedFile};
use tower::ServiceExt;
use tower::util::MapRequestLayer;

use crate::http::endpoint;

const KEY: &str = "ann-0123456789abc";
const SECOND: Duration = Duration::from_secs(1);

fn keys() -> ApiKeys {
    ApiKeys::new().key(KEY, Identity::user("ann").with_role("author"))
}

async fn send(
    app: &Application,
    method: &str,
    target: &str,
    headers: &[(&str, &str)],
) -> Response<Body> {
    let request = Request::builder().method(method).uri(target);
    let request = headers.iter().fold(request, |all, (name, value)| all.header(*name, *value));
    app.clone().oneshot(request.body(String::new()).unwrap()).await.unwrap()
}

async fn status(app: &Application, method: &str, target: &str, headers: &[(&str, &str)]) -> u16 {
    send(app, method, target, headers).await.status().as_u16()
}

async fn text(answer: Response<Body>) -> String {
    let body = answer.into_body().collect().await.unwrap().to_bytes();
    String::from_utf8(body.to_vec()).unwrap()
}

endpoint! {
    Secret: () => ();
    |config| {
        config.get("/secret");
        config.put("/secret");
        config.roles(["author"]);
    }
    |(), cx| { cx.send.header(LOCATION, HeaderValue::from_static("/s")).string_async("secret").await }
}

#[tokio::test]
async fn head_and_options_of_a_closed_route_give_nothing_away() {
    let app = Host::empty().endpoint::<Secret>().authentication(keys()).build().unwrap();
    let head = send(&app, "HEAD", "/secret", &[]).await;
    assert_eq!(head.status(), StatusCode::UNAUTHORIZED);
    assert!(!head.headers().contains_key(LOCATION) && text(head).await.is_empty());
    assert_eq!(status(&app, "HEAD", "/secret", &[("x-api-key", KEY)]).await, 200);
    // The methods of a path are no secret, and all that OPTIONS tells.
    let options = send(&app, "OPTIONS", "/secret", &[]).await;
    assert_eq!(options.headers()[ALLOW], "GET, HEAD, OPTIONS, PUT");
    assert_eq!(options.headers().len(), 1, "{:?}", options.headers());
    assert!(text(options).await.is_empty());
}

endpoint! {
    AnyMethod: () => ();
    |config| {
        config.any("/any");
        config.allow_anonymous_verbs([Method::GET, Method::OPTIONS]);
        config.roles(["author"]);
    }
    |(), cx| { cx.send.no_content_async().await }
}

#[tokio::test]
async fn of_an_endpoint_for_any_method_those_that_were_opened_are_open_alone() {
    let app = Host::empty().endpoint::<AnyMethod>().authentication(keys()).build().unwrap();
    for method in ["GET", "HEAD", "OPTIONS"] {
        assert_eq!(status(&app, method, "/any", &[]).await, 204, "{method}");
    }
    for method in ["POST", "PUT", "PATCH", "DELETE"] {
        assert_eq!(status(&app, method, "/any", &[]).await, 401, "{method}");
        assert_eq!(status(&app, method, "/any", &[("x-api-key", KEY)]).await, 204, "{method}");
    }
    for method in ["TRACE", "get", "CONNECT"] {
        assert_ne!(status(&app, method, "/any", &[("x-api-key", KEY)]).await, 204, "{method}");
    }
}

struct First;

impl Group for First {
    fn configure(group: &mut GroupConfig) {
        group.version(1);
        group.allow_anonymous();
    }
}

endpoint! {
    OpenOne: () => ();
    |config| {
        config.group::<First>();
        config.get("/users");
    }
    |(), cx| { cx.send.string_async("one").await }
}
endpoint! {
    ClosedTwo: () => ();
    |config| {
        config.get("/users");
        config.version(2);
    }
    |(), cx| { cx.send.string_async("two").await }
}
endpoint! {
    ClosedOfOpen: () => ();
    |config| {
        config.group::<First>();
        config.get("/users");
        config.version(3);
        config.roles(["author"]);
    }
    |(), cx| { cx.send.string_async("three").await }
}

#[tokio::test]
async fn each_version_of_an_endpoint_has_its_own_access() {
    let host = Host::empty().endpoint::<OpenOne>().endpoint::<ClosedTwo>();
    let app = host.endpoint::<ClosedOfOpen>().authentication(keys()).build().unwrap();
    for (path, expected) in [("/v1/users", 200), ("/v2/users", 401), ("/v3/users", 401)] {
        assert_eq!(status(&app, "GET", path, &[]).await, expected, "{path}");
        assert_eq!(status(&app, "GET", path, &[("x-api-key", KEY)]).await, 200, "{path}");
    }
    for path in ["/users", "/v2/../v1/users", "/v4/users", "//v2/users", "/V2/users"] {
        assert_eq!(status(&app, "GET", path, &[]).await, 404, "{path}");
    }
}

/// How often the layer and the handler of [`Crossed`] ran.
static LAYER: AtomicUsize = AtomicUsize::new(0);
static HANDLER: AtomicUsize = AtomicUsize::new(0);

endpoint! {
    Crossed: () => ();
    |config| {
        config.put("/crossed");
        config.cors(|cors| cors.allow_origins(["https://a.example"]).allow_credentials());
        config.rate_limit(RateLimit::per_hour(1));
        config.layer(MapRequestLayer::new(|request: Request<Body>| {
            LAYER.fetch_add(1, SeqCst);
            request
        }));
    }
    |(), cx| {
        HANDLER.fetch_add(1, SeqCst);
        cx.send.no_content_async().await
    }
}

#[tokio::test]
async fn a_preflight_reaches_no_scheme_no_layer_of_an_endpoint_and_no_handler() {
    let looked_up = Arc::<AtomicUsize>::default();
    let counted = Arc::clone(&looked_up);
    let scheme = ApiKeys::new().look_up(move |_| {
        counted.fetch_add(1, SeqCst);
        async { Ok(Some(Identity::user("ann"))) }
    });
    let app = Host::empty().endpoint::<Crossed>().authentication(scheme).build().unwrap();
    for origin in ["https://a.example", "https://evil.example"] {
        let preflight =
            [("origin", origin), ("access-control-request-method", "PUT"), ("x-api-key", "guess")];
        assert!(send(&app, "OPTIONS", "/crossed", &preflight).await.status().is_success());
    }
    assert_eq!(LAYER.load(SeqCst) + HANDLER.load(SeqCst) + looked_up.load(SeqCst), 0);
    // And uses nothing of a limit.
    assert_eq!(status(&app, "PUT", "/crossed", &[("x-api-key", "k")]).await, 204);
    assert_eq!(status(&app, "PUT", "/crossed", &[("x-api-key", "k")]).await, 429);
    assert_eq!((LAYER.load(SeqCst), HANDLER.load(SeqCst)), (2, 1));
}

/// Pieces of text that are worth compressing, without end.
#[derive(Endpoint)]
#[endpoint(by_hand)]
struct Rows {
    sessions: Arc<CookieSessions>,
}

impl Endpoint for Rows {
    type Request = ();
    type Response = ();

    fn configure(config: &mut Config) {
        config.get("/rows");
    }

    async fn handle(&self, (): (), cx: Cx<'_, Self>) -> Result {
        let rows = futures_util::stream::repeat("row, ".repeat(100)).then(|row| async {
            tokio::time::sleep(SECOND).await;
            row
        });
        let cookie = self.sessions.sign_in(cx.request, cx.identity)?;
        cx.send.header(http::header::SET_COOKIE, cookie).stream_async(rows, "text/csv").await
    }
}

#[tokio::test(start_paused = true)]
async fn a_compressed_stream_is_cut_when_its_identity_is_revoked() {
    let revoked = Arc::<AtomicBool>::default();
    let seen = Arc::clone(&revoked);
    let keys = keys().check(move |_| {
        let holds = !seen.load(SeqCst);
        async move { Ok(holds) }
    });
    let sessions = Arc::new(CookieSessions::new(SigningKeys::random()));
    let host = Host::empty().endpoint::<Rows>().service(sessions).authentication(keys);
    let app = host.compression().build().unwrap();
    let gzip = [("x-api-key", KEY), ("accept-encoding", "gzip")];
    let answer = send(&app, "GET", "/rows", &gzip).await;
    assert_eq!(answer.headers()[CONTENT_ENCODING], "gzip");
    assert_eq!(answer.headers()["cache-control"], "private", "it sets a cookie");
    revoked.store(true, SeqCst);
    let end = tokio::time::timeout(40 * SECOND, answer.into_body().collect()).await;
    assert!(end.unwrap().is_err(), "no client takes it for the whole");
}

endpoint! {
    Manual: () => ();
    |config| { config.get("/manual"); }
    |(), cx| {
        let mut file = tempfile::tempfile()?;
        std::io::Write::write_all(&mut file, &vec![b'x'; 1 << 20])?;
        cx.send.file_async(ServedFile::opened(file).content_type("text/plain")).await
    }
}

#[tokio::test(start_paused = true)]
async fn a_file_is_cut_when_its_identity_is_revoked() {
    let revoked = Arc::<AtomicBool>::default();
    let seen = Arc::clone(&revoked);
    let keys = keys().check(move |_| {
        let holds = !seen.load(SeqCst);
        async move { Ok(holds) }
    });
    let app = Host::empty().endpoint::<Manual>().authentication(keys).build().unwrap();
    for (is_revoked, expected) in [(false, true), (true, false)] {
        revoked.store(false, SeqCst);
        let mut body = send(&app, "GET", "/manual", &[("x-api-key", KEY)]).await.into_body();
        assert!(body.frame().await.unwrap().is_ok());
        revoked.store(is_revoked, SeqCst);
        tokio::time::sleep(40 * SECOND).await;
        assert_eq!(body.collect().await.is_ok(), expected);
    }
}

endpoint! {
    Live: () => ();
    |config| {
        config.get("/live");
        config.allow_query_token("token");
        config.layer(MapRequestLayer::new(|request: Request<Body>| {
            assert!(!request.uri().to_string().contains("eyJ"), "{}", request.uri());
            request
        }));
    }
    |(), cx| {
        let uri = cx.request.uri.to_string();
        match cx.request.uri.query() {
            Some("problem") => Err(Problem::new(StatusCode::CONFLICT).detail(uri)),
            _ => cx.send.redirect_async(Redirect::to(uri)).await,
        }
    }
}

#[tokio::test]
async fn a_token_in_the_query_is_in_no_layer_no_redirect_and_no_problem() {
    let secret = [7; 32];
    let token = JwtIssuer::secret(secret).issue(&Identity::user("ann")).unwrap();
    let jwt = Jwt::new(JwtKey::secret(secret)).accept_any_issuer().accept_any_audience();
    let host = Host::empty().endpoint::<Live>().authentication(jwt);
    let app = host.layer(MapRequestLayer::new(|request: Request<Body>| {
        assert!(!request.uri().to_string().contains("eyJ"), "{}", request.uri());
        request
    }));
    let app = app.build().unwrap();
    let twice = format!("token={token}&token={token}");
    for (method, query, expected) in [
        ("GET", format!("a=1&token={token}"), 302),
        ("GET", format!("%74oken={token}&a=1"), 302),
        ("GET", format!("problem&{twice}"), 409),
        ("HEAD", twice.clone(), 302),
        ("POST", twice.clone(), 405),
        ("OPTIONS", twice.clone(), 204),
        ("GET", format!("token={token}x"), 401),
    ] {
        let answer = send(&app, method, &format!("/live?{query}"), &[]).await;
        assert_eq!(answer.status(), expected, "{method} {query}");
        let headers = format!("{:?}", answer.headers());
        let body = text(answer).await;
        assert!(!headers.contains("eyJ") && !body.contains("eyJ"), "{headers} {body}");
    }
}

#[derive(Deserialize, Serialize, JsonSchema)]
struct Item {
    id: u32,
}

endpoint! {
    GetItem: Item => ();
    |config| {
        config.get("/items/{id}");
        config.links_to::<GetItem>();
        config.allow_anonymous();
    }
    |Item { id }, cx| {
        let link = cx.links.to::<GetItem>(&Item { id })?;
        let location = HeaderValue::try_from(link.clone())?;
        cx.send.header(LOCATION, location).string_async(link).await
    }
}

#[tokio::test]
async fn a_link_does_not_follow_what_a_client_wrote_into_host() {
    let app = Host::empty().endpoint::<GetItem>().build().unwrap();
    for target in ["/items/7", "http://evil.example/items/7"] {
        let headers = [
            (HOST.as_str(), "evil.example"),
            ("x-forwarded-host", "evil.example"),
            ("forwarded", "host=evil.example"),
        ];
        let answer = send(&app, "GET", target, &headers).await;
        assert_eq!(answer.headers()[LOCATION], "/items/7");
        assert_eq!(text(answer).await, "/items/7");
    }
}

endpoint! {
    Mounted: () => ();
    |config| {
        config.get("/mounted");
        config.post("/mounted");
        config.rate_limit(RateLimit::per_hour(3).by_address());
    }
    |(), cx| { cx.send.no_content_async().await }
}

#[tokio::test]
async fn mounted_in_another_framework_access_holds_and_clients_without_an_address_share_a_limit() {
    let sessions = Arc::new(CookieSessions::new(SigningKeys::new([7; 32])));
    let (head, ()) = Request::post("/").body(()).unwrap().into_parts();
    let cookie = sessions.sign_in(&head, &Identity::user("ann")).unwrap();
    let cookie = cookie.to_str().unwrap().split(';').next().unwrap();
    let host = Host::empty().endpoint::<Mounted>().authentication(sessions);
    let router = Router::new().nest_service("/api", host.build().unwrap());
    let ask = async |method: &str, cookie: &str, peer: Option<&str>| {
        let request =
            Request::builder().method(method).uri("/api/mounted").header("cookie", cookie);
        let request = request.header("sec-fetch-site", "cross-site");
        let peer = peer.map(|peer| Peer::new(peer.parse::<SocketAddr>().unwrap()));
        let request = peer.into_iter().fold(request, |request, peer| request.extension(peer));
        let request = request.body(axum::body::Body::empty()).unwrap();
        router.clone().oneshot(request).await.unwrap().status().as_u16()
    };
    assert_eq!(ask("GET", "", None).await, 401);
    assert_eq!(ask("POST", cookie, None).await, 403, "a page of another origin");
    assert_eq!(ask("GET", cookie, None).await, 204);
    assert_eq!(ask("GET", cookie, None).await, 429);
    // A layer that knows the address parts them.
    assert_eq!(ask("GET", cookie, Some("192.0.2.1:1")).await, 204);
}

#[test]
fn no_scheme_has_a_secret_in_its_debug_text() {
    const SECRET: &str = "hunter2-hunter2-hunter2-hunter2-";
    let keys = SigningKeys::new(SECRET).with_previous(SECRET);
    let user = Identity::user("ann").with_claim("iban", "hunter2");
    let (sessions, tickets) = (CookieSessions::new(keys.clone()), Tickets::new(keys.clone()));
    let jwt = Jwt::new(JwtKey::secret(SECRET));
    let (issuer, key) = (JwtIssuer::secret(SECRET), ApiKeys::new().key(SECRET, user.clone()));
    let texts = format!(
        "{keys:?} {sessions:?} {tickets:?} {jwt:?} {issuer:?} {key:?} {user:?} {:?}",
        JwtKey::secret(SECRET)
    );
    let as_list = SECRET.bytes().take(4).map(|byte| byte.to_string()).collect::<Vec<_>>();
    assert!(!texts.contains("hunter2") && !texts.contains(&as_list.join(", ")), "{texts}");
}
