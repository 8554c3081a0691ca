//! Unfinished handshakes.

use std::time::{Duration, Instant};

use hyperpoint::{Host, Tls};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::client::{Client, Version};
use crate::pairs::Pair;

const SHORT: Duration = Duration::from_millis(150);

#[tokio::test]
async fn an_unfinished_handshake_times_out_and_an_invalid_one_is_closed() {
    let pair = Pair::new("a.example");
    let host = Host::empty().endpoint::<Version>();
    let host = host.tls(Tls::pem(&pair.certificate_pem, &pair.key_pem)).bind("127.0.0.1:0");
    let host = host.options(|options| options.tls_handshake = SHORT).start().await.unwrap();
    // Nothing, the beginning of a record, and a request without TLS.
    for (said, least) in [
        (&b""[..], SHORT),
        (b"\x16\x03\x01", SHORT),
        (b"GET / HTTP/1.1\r\nhost: a\r\n\r\n", Duration::ZERO),
    ] {
        let start = Instant::now();
        let mut socket = TcpStream::connect(host.address()).await.unwrap();
        socket.write_all(said).await.unwrap();
        let mut read = Vec::new();
        let end = tokio::time::timeout(Duration::from_secs(20), socket.read_to_end(&mut read));
        let _ = end.await.unwrap();
        assert!(!read.starts_with(b"HTTP"), "{read:?}");
        assert!(start.elapsed() >= least, "{:?}", start.elapsed());
    }
}

#[tokio::test]
async fn at_the_limit_an_unfinished_handshake_is_closed_before_a_kept_alive_connection() {
    let pair = Pair::new("a.example");
    let host = Host::empty().endpoint::<Version>().bind("127.0.0.1:0");
    let host = host.tls(Tls::pem(&pair.certificate_pem, &pair.key_pem)).options(|options| {
        options.connections = Some(6);
        options.tls_handshake = Duration::from_mins(1);
        options.request_head = Duration::from_mins(1);
    });
    let host = host.start().await.unwrap();
    let connect = async || {
        let trusted = [&pair.certificate];
        Client::connect(host.address(), "a.example", &trusted, &["http/1.1"]).await.unwrap()
    };
    let (mut kept_alive, mut silent) = (connect().await, Vec::new());
    kept_alive.version().await;
    // Nothing, the beginning of a record, and nothing after a complete handshake.
    for said in [&b""[..], b"\x16\x03\x01", b"", b"\x16"] {
        let mut socket = TcpStream::connect(host.address()).await.unwrap();
        socket.write_all(said).await.unwrap();
        silent.push(socket);
    }
    let secured = connect().await;
    let mut newcomers = Vec::new();
    for _ in 0..5 {
        let mut newcomer = connect().await;
        newcomer.version().await;
        newcomers.push(newcomer);
    }
    assert_eq!(secured.until_close().await, b"");
    kept_alive.version().await;
}
