//! Connections that a mounted service upgrades, such as to a WebSocket of an axum router.

use std::time::{Duration, Instant, SystemTime};

use axum::Router;
use axum::extract::Request as AxumRequest;
use axum::extract::ws::{Message, WebSocket, WebSocketUpgrade};
use axum::routing::{any, get};
use http::{HeaderValue, request};
use hyperpoint::prelude::*;
use hyperpoint::{
    AuthenticationScheme, Identity, Running, Settings, StillHolds, Stopping, async_trait,
};
use tokio::sync::mpsc;

use crate::http::endpoint;
use crate::wire::raw::Raw;
use crate::wire::{Head, within};

type Heard = mpsc::UnboundedReceiver<String>;

/// Reports each message, answers it, and reports how the socket ended.
async fn echo(mut socket: WebSocket, told: mpsc::UnboundedSender<String>) {
    while let Some(message) = socket.recv().await {
        match message {
            Ok(Message::Text(text)) => {
                let _ = told.send(text.to_string());
                if socket.send(Message::Text(format!("{text}!").into())).await.is_err() {
                    break;
                }
            }
            Ok(_) => {}
            Err(_) => break,
        }
    }
    let _ = told.send("ended".to_owned());
}

/// Sends without end, and never reads.
async fn flood(mut socket: WebSocket, told: mpsc::UnboundedSender<String>) {
    while socket.send(Message::Text("x".repeat(100_000).into())).await.is_ok() {}
    let _ = told.send("ended".to_owned());
}

/// Keeps the socket and does nothing with it.
async fn keep(socket: WebSocket, told: mpsc::UnboundedSender<String>) {
    let _ = told.send("kept".to_owned());
    std::future::pending::<()>().await;
    drop(socket);
}

/// Says good-bye when the host stops.
async fn polite(mut socket: WebSocket, stopping: Stopping) {
    stopping.requested().await;
    let _ = socket.send(Message::Text("good-bye".into())).await;
}

fn router() -> (Router, Heard) {
    let (told, heard) = mpsc::unbounded_channel();
    let told = move || told.clone();
    let (of_echo, of_flood, of_keep) = (told(), told(), told());
    let router = Router::new()
        .route(
            "/echo",
            any(async move |up: WebSocketUpgrade| up.on_upgrade(|socket| echo(socket, of_echo))),
        )
        .route(
            "/flood",
            any(async move |up: WebSocketUpgrade| up.on_upgrade(|socket| flood(socket, of_flood))),
        )
        .route(
            "/keep",
            any(async move |up: WebSocketUpgrade| up.on_upgrade(|socket| keep(socket, of_keep))),
        )
        .route(
            "/polite",
            any(async move |up: WebSocketUpgrade, request: AxumRequest| {
                let stopping = request.extensions().get::<Stopping>().unwrap().clone();
                up.on_upgrade(|socket| polite(socket, stopping))
            }),
        )
        .route("/plain", get(async || "plain"));
    (router, heard)
}

endpoint! {
    Hello: () => ();
    |config| {
        config.get("/hello");
        config.allow_anonymous();
    }
    |(), cx| { cx.send.string_async("hello").await }
}

async fn start(change: impl FnOnce(Host) -> Host) -> (Running, Heard) {
    start_with(change, |mount| mount.allow_anonymous()).await
}

async fn start_with(
    change: impl FnOnce(Host) -> Host,
    access: impl FnOnce(&mut Settings),
) -> (Running, Heard) {
    let (router, heard) = router();
    let host = Host::empty().endpoint::<Hello>().mount("/live", router, access);
    (change(host.bind("127.0.0.1:0")).start().await.unwrap(), heard)
}

/// Opens a WebSocket, and returns the connection after the head of the response.
async fn open(host: &Running, path: &str, headers: &str) -> (Raw, Head) {
    let handshake = "connection: Upgrade\r\nupgrade: websocket\r\nsec-websocket-version: 13\r\n\
                     sec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\n";
    let request = format!("GET {path} HTTP/1.1\r\nhost: a\r\n{handshake}{headers}\r\n");
    let mut raw = Raw::open(host.address(), request).await;
    let head = raw.head().await;
    (raw, head)
}

async fn opened(host: &Running, path: &str) -> Raw {
    let (raw, response) = open(host, path, "").await;
    assert_eq!(response.status(), 101, "{}", response.text());
    raw
}

/// Encodes a text message of a client (RFC 6455 §5.2), masked by zeros.
fn text(message: &str) -> Vec<u8> {
    let mut frame = vec![0x81, 0x80 | u8::try_from(message.len()).unwrap(), 0, 0, 0, 0];
    frame.extend(message.as_bytes());
    frame
}

/// Reads a short text message of the server.
async fn read(raw: &mut Raw) -> String {
    let head = raw.bytes(2).await;
    assert_eq!(head[0], 0x81);
    String::from_utf8(raw.bytes(usize::from(head[1])).await).unwrap()
}

#[tokio::test]
async fn rfc_6455_a_mounted_router_upgrades_to_a_web_socket() {
    let (host, mut heard) = start(|host| host).await;
    let (mut raw, response) = open(&host, "/live/echo", "").await;
    assert_eq!(response.status(), 101);
    assert_eq!(response.header("sec-websocket-accept"), ["s3pPLMBiTxaQ9kYGzzhZRbK+xOo="]);
    for message in ["one", "two"] {
        raw.write(text(message)).await;
        assert_eq!(read(&mut raw).await, format!("{message}!"));
        assert_eq!(heard.recv().await.unwrap(), message);
    }
    // The client leaves.
    drop(raw);
    assert_eq!(within(heard.recv()).await.unwrap(), "ended");
    // Plain requests of the same router and the host's endpoints go on, kept alive.
    let mut raw = Raw::get(host.address(), "/live/plain").await;
    assert_eq!(raw.head().await.status(), 200);
    assert_eq!(raw.bytes(5).await, b"plain");
    raw.write("GET /hello HTTP/1.1\r\nhost: a\r\n\r\n").await;
    assert_eq!(raw.head().await.status(), 200);
}

#[tokio::test]
async fn bytes_that_come_with_the_handshake_are_the_services() {
    let (host, mut heard) = start(|host| host).await;
    let mut request =
        b"GET /live/echo HTTP/1.1\r\nhost: a\r\nconnection: Upgrade\r\nupgrade: websocket\r\n\
        sec-websocket-version: 13\r\nsec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
            .to_vec();
    request.extend(text("early"));
    let mut raw = Raw::open(host.address(), request).await;
    assert_eq!(raw.head().await.status(), 101);
    assert_eq!(read(&mut raw).await, "early!");
    assert_eq!(within(heard.recv()).await.unwrap(), "early");
}

#[tokio::test]
async fn an_endpoint_and_a_host_without_mounts_answer_a_handshake_like_any_request() {
    let (host, _) = start(|host| host).await;
    assert_eq!(open(&host, "/hello", "").await.1.status(), 200);
    let plain = Host::empty().endpoint::<Hello>().bind("127.0.0.1:0").start().await.unwrap();
    assert_eq!(open(&plain, "/hello", "").await.1.status(), 200);
}

#[tokio::test]
async fn a_stop_ends_upgraded_connections_within_the_window_like_streams() {
    let window = Duration::from_secs(2);
    let (host, mut heard) = start(|host| host.options(|o| o.drain_window = window)).await;
    let mut clients = Vec::new();
    for _ in 0..8 {
        let mut raw = opened(&host, "/live/echo").await;
        raw.write(text("hi")).await;
        assert_eq!(read(&mut raw).await, "hi!");
        assert_eq!(heard.recv().await.unwrap(), "hi");
        clients.push(raw);
    }
    let begun = Instant::now();
    let stopped = tokio::spawn(host.stop());
    let mut ends = Vec::new();
    for _ in 0..8 {
        assert_eq!(within(heard.recv()).await.unwrap(), "ended");
        ends.push(begun.elapsed());
    }
    // Spread, and none at the end of the window.
    assert!(ends[7] > ends[0] + window / 20, "{ends:?}");
    within(stopped).await.unwrap();
    assert!(begun.elapsed() < window, "{:?}", begun.elapsed());
    for client in clients {
        client.until_close().await;
    }
}

#[tokio::test]
async fn a_service_learns_of_the_stop_and_may_say_good_bye() {
    let (host, _) = start(|host| host.options(|o| o.drain_window = Duration::from_mins(10))).await;
    let mut raw = opened(&host, "/live/polite").await;
    let stopped = tokio::spawn(host.stop());
    assert_eq!(read(&mut raw).await, "good-bye");
    within(stopped).await.unwrap();
}

#[tokio::test]
async fn a_service_that_keeps_its_socket_is_cut_at_the_end_of_the_window() {
    let window = Duration::from_millis(300);
    let (host, mut heard) = start(|host| host.options(|o| o.drain_window = window)).await;
    let raw = opened(&host, "/live/keep").await;
    assert_eq!(within(heard.recv()).await.unwrap(), "kept");
    let begun = Instant::now();
    within(host.stop()).await;
    assert!(begun.elapsed() >= window);
    raw.until_end().await;
}

#[tokio::test]
async fn a_dropped_host_closes_upgraded_connections() {
    let (host, mut heard) = start(|host| host).await;
    let raw = opened(&host, "/live/echo").await;
    drop(host);
    raw.until_end().await;
    assert_eq!(within(heard.recv()).await.unwrap(), "ended");
}

#[tokio::test]
async fn a_client_that_does_not_read_is_cut() {
    let stall = Duration::from_millis(200);
    let (host, mut heard) = start(|host| host.options(|o| o.write_stall = stall)).await;
    let _raw = opened(&host, "/live/flood").await;
    assert_eq!(within(heard.recv()).await.unwrap(), "ended");
}

#[tokio::test]
async fn an_upgraded_connection_counts_and_is_not_closed_for_a_new_one() {
    let (host, _heard) = start(|host| host.options(|o| o.connections = Some(1))).await;
    let mut raw = opened(&host, "/live/echo").await;
    let mut other = Raw::get(host.address(), "/hello").await;
    // The only place is taken, so that the other waits.
    assert!(!other.closes_within(Duration::from_millis(300)).await);
    raw.write(text("hi")).await;
    assert_eq!(read(&mut raw).await, "hi!");
    drop(raw);
    assert_eq!(other.head().await.status(), 200);
}

/// Knows users by `x-user`: `short` expires soon, `revoked` is revoked at the first check.
struct Users;

#[async_trait]
impl AuthenticationScheme for Users {
    fn challenge(&self, _: &request::Parts) -> HeaderValue {
        HeaderValue::from_static("User")
    }

    async fn authenticate(&self, request: &request::Parts) -> Result<Option<Identity>> {
        let name = request.headers.get("x-user").and_then(|name| name.to_str().ok());
        Ok(name.map(|name| match name {
            "short" => {
                Identity::user(name).with_expiry(SystemTime::now() + Duration::from_millis(300))
            }
            name => Identity::user(name),
        }))
    }

    fn still_holds<'a>(&'a self, identity: &'a Identity) -> Option<StillHolds<'a>> {
        Some(Box::pin(async move { Ok(identity.subject() != Some("revoked")) }))
    }
}

#[tokio::test]
async fn an_upgraded_connection_ends_with_its_identity() {
    let every = Duration::from_millis(100);
    let host = |host: Host| host.authentication(Users).options(|o| o.revocation_check = every);
    let (host, mut heard) = start_with(host, |mount| mount.authenticated()).await;
    assert_eq!(open(&host, "/live/echo", "").await.1.status(), 401);
    for user in ["short", "revoked"] {
        let (raw, response) = open(&host, "/live/echo", &format!("x-user: {user}\r\n")).await;
        assert_eq!(response.status(), 101, "{user}");
        raw.until_end().await;
        assert_eq!(within(heard.recv()).await.unwrap(), "ended", "{user}");
    }
    let (mut raw, response) = open(&host, "/live/echo", "x-user: ann\r\n").await;
    assert_eq!(response.status(), 101);
    assert!(!raw.closes_within(every * 5).await);
}

#[tokio::test]
async fn a_handshake_is_refused_for_another_origin() {
    let (host, _heard) = start_with(
        |host| host,
        |mount| {
            mount.allow_anonymous();
            mount.allowed_origins(["https://a.example"]);
        },
    )
    .await;
    let evil = open(&host, "/live/echo", "origin: https://evil.example\r\n").await;
    assert_eq!(evil.1.status(), 403);
    assert_eq!(open(&host, "/live/echo", "origin: https://a.example\r\n").await.1.status(), 101);
}
