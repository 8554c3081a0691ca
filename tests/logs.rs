//! No secret is logged at any level. A separate binary, because it captures the log of the process.
#![expect(clippy::unwrap_used, reason = "a failing step ends its test")]

use std::io::Write;
use std::sync::{Mutex, MutexGuard, PoisonError};

use http::Request;
use hyperpoint::prelude::*;
use hyperpoint::schemes::{ApiKeys, CookieSessions, Jwt, JwtIssuer, JwtKey, SigningKeys, Tickets};
use hyperpoint::{Identity, Running};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tracing_subscriber::fmt::MakeWriter;

const SECRET: &[u8; 32] = b"hunter2hunter2hunter2hunter2hunt";
const KEY: &str = "hunter2-key-0123456789";

#[derive(Endpoint)]
#[endpoint(by_hand)]
struct Live;

impl Endpoint for Live {
    type Request = ();
    type Response = Events<u32>;

    fn configure(config: &mut Config) {
        config.get("/live");
        config.allow_query_token("access_token");
    }

    async fn handle(&self, (): (), cx: Cx<'_, Self>) -> Result {
        cx.send.event_stream_async("n", futures_util::stream::iter([1])).await
    }
}

/// Logs what it receives of its user.
#[derive(Endpoint)]
#[endpoint(by_hand)]
struct Fails;

impl Endpoint for Fails {
    type Request = ();
    type Response = ();

    fn configure(config: &mut Config) {
        config.get("/fails");
        config.post("/fails");
        config.allow_query_token("access_token");
    }

    async fn handle(&self, (): (), cx: Cx<'_, Self>) -> Result {
        let told = format!("{:?} {:?} {:?}", cx.identity, cx.request.uri, cx.send);
        Err(Problem::internal(told))
    }
}

/// Sends each secret over HTTP/2.
async fn send_over_http2(host: &Running, secrets: &[(&'static str, String)]) {
    let socket = TcpStream::connect(host.address()).await.unwrap();
    let (mut client, connection) = h2::client::handshake(socket).await.unwrap();
    let driver = tokio::spawn(connection);
    for (place, secret) in secrets {
        let request = match *place {
            "?" => Request::get(format!("http://a/live?access_token={secret}")),
            name => Request::get("http://a/live").header(name, secret),
        };
        client = client.ready().await.unwrap();
        client.send_request(request.body(()).unwrap(), true).unwrap().0.await.unwrap();
    }
    driver.abort();
}

/// Returns the response to these bytes.
async fn talk(host: &Running, request: String) -> String {
    let mut socket = TcpStream::connect(host.address()).await.unwrap();
    socket.write_all(request.as_bytes()).await.unwrap();
    let mut answer = String::new();
    socket.read_to_string(&mut answer).await.unwrap();
    answer
}

/// The complete log.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Log {
    fn lock(&self) -> MutexGuard<'_, Vec<u8>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn text(&self) -> String {
        String::from_utf8_lossy(&self.lock()).into_owned()
    }
}

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.lock().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

impl MakeWriter<'_> for Log {
    type Writer = Self;

    fn make_writer(&self) -> Self {
        self.clone()
    }
}

/// Creates a host with every authentication scheme, and the secrets of its users.
async fn host() -> (Running, Vec<(&'static str, String)>) {
    let user = Identity::user("ann").with_claim("iban", "hunter2-claim");
    let keys = SigningKeys::new(SECRET);
    let sessions = CookieSessions::new(keys.clone());
    let (tickets, issuer) = (Tickets::new(keys), JwtIssuer::secret(SECRET));
    let (head, ()) = Request::post("/").body(()).unwrap().into_parts();
    let cookie = sessions.sign_in(&head, &user).unwrap();
    let cookie = cookie.to_str().unwrap().split(';').next().unwrap().to_owned();
    let token = issuer.issue(&user).unwrap();
    let secrets = vec![
        ("authorization", format!("Bearer {token}")),
        ("cookie", cookie),
        ("x-api-key", KEY.to_owned()),
        ("?", token),
        ("?", tickets.issue(&user, "/live").unwrap()),
        ("authorization", "Bearer hunter2.hunter2.hunter2".to_owned()),
        ("cookie", "__Host-session=hunter2-forged".to_owned()),
        ("x-api-key", "hunter2-wrong-key".to_owned()),
        ("?", "hunter2-no-ticket".to_owned()),
    ];
    let jwt = Jwt::new(JwtKey::secret(SECRET)).accept_any_issuer().accept_any_audience();
    let host = Host::empty().endpoint::<Live>().endpoint::<Fails>().bind("127.0.0.1:0");
    let host = host.authentication(jwt).authentication(sessions).authentication(tickets);
    let host = host.authentication(ApiKeys::new().key(KEY, user));
    let host = host.traces(|traces| traces.user_ids());
    (host.start().await.unwrap(), secrets)
}

#[tokio::test]
async fn no_line_of_the_log_has_a_secret() {
    let log = Log::default();
    let subscriber = tracing_subscriber::fmt().with_max_level(tracing::Level::TRACE);
    let subscriber = subscriber.with_writer(log.clone()).finish();
    tracing::subscriber::set_global_default(subscriber).unwrap();
    let (host, secrets) = host().await;
    let mut seen = String::new();
    for (method, path) in
        [("GET", "/live"), ("GET", "/fails"), ("POST", "/fails"), ("GET", "/none")]
    {
        for (place, secret) in &secrets {
            let (target, header) = match *place {
                "?" => (format!("{path}?access_token={secret}"), String::new()),
                name => (path.to_owned(), format!("{name}: {secret}\r\n")),
            };
            let head = format!("{method} {target} HTTP/1.1\r\nhost: a\r\n{header}");
            seen += &talk(&host, format!("{head}connection: close\r\n\r\n")).await;
        }
    }
    send_over_http2(&host, &secrets).await;
    assert!(seen.contains("HTTP/1.1 200") && seen.contains("401") && seen.contains("500"));
    let text = log.text();
    assert!(
        text.contains("request failed")
            && text.contains("request refused")
            && text.contains("answered")
            && text.contains("user.id=\"ann\"")
            && text.contains("h2::"),
        "{text}"
    );
    assert!(text.contains("a bearer token is invalid"), "{text}");
    let secrets = secrets.iter().map(|(_, secret)| secret.trim_start_matches("Bearer "));
    for secret in secrets.chain(["hunter2", "access_token="]) {
        let line = text.lines().find(|line| line.contains(secret));
        assert_eq!(line, None, "`{secret}` is in the log");
        assert!(!seen.contains(secret), "`{secret}` is in a response");
    }
    host.stop().await;
}
