//! A mounted service upgrades a connection with TLS.

use std::time::Duration;

use axum::Router;
use axum::extract::ws::{Message, WebSocket, WebSocketUpgrade};
use axum::routing::any;
use hyperpoint::prelude::*;
use hyperpoint::{Running, Tls};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::time::timeout;

use crate::client::Client;
use crate::pairs::Pair;

const DEADLINE: Duration = Duration::from_secs(20);

/// Answers each message with itself.
async fn echo(mut socket: WebSocket) {
    while let Some(Ok(Message::Text(text))) = socket.recv().await {
        if socket.send(Message::Text(text)).await.is_err() {
            break;
        }
    }
}

async fn start(pair: &Pair) -> Running {
    let router =
        Router::new().route("/echo", any(async |up: WebSocketUpgrade| up.on_upgrade(echo)));
    Host::empty()
        .mount("/live", router, |mount| mount.allow_anonymous())
        .tls(Tls::pem(&pair.certificate_pem, &pair.key_pem))
        .bind("127.0.0.1:0")
        .start()
        .await
        .unwrap()
}

/// Reads until what was read ends with these bytes.
async fn read_to(client: &mut Client, end: &[u8]) -> Vec<u8> {
    let mut read = Vec::new();
    while !read.ends_with(end) {
        let count = timeout(DEADLINE, client.0.read_buf(&mut read)).await.unwrap().unwrap();
        assert!(count > 0, "closed after {:?}", String::from_utf8_lossy(&read));
    }
    read
}

#[tokio::test]
async fn a_web_socket_of_a_mounted_router_works_and_a_stop_ends_it() {
    let pair = Pair::new("a.example");
    let host = start(&pair).await;
    let trusted = [&pair.certificate];
    let client = Client::connect(host.address(), "a.example", &trusted, &["http/1.1"]).await;
    let mut client = client.unwrap();
    let handshake = "GET /live/echo HTTP/1.1\r\nhost: a.example\r\nconnection: Upgrade\r\n\
                     upgrade: websocket\r\nsec-websocket-version: 13\r\n\
                     sec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";
    client.0.write_all(handshake.as_bytes()).await.unwrap();
    let head = read_to(&mut client, b"\r\n\r\n").await;
    assert!(head.starts_with(b"HTTP/1.1 101 "), "{:?}", String::from_utf8_lossy(&head));

    // A text message of two bytes, masked by zeros (RFC 6455 §5.2), and its echo.
    for message in [*b"hi", *b"ho"] {
        let [first, second] = message;
        client.0.write_all(&[0x81, 0x82, 0, 0, 0, 0, first, second]).await.unwrap();
        assert_eq!(read_to(&mut client, &message).await, [0x81, 2, first, second]);
    }

    let ((), rest) = tokio::join!(host.stop(), client.until_close());
    assert!(rest.len() < 100, "{rest:?}");
}
