//! ALPN alone selects the protocol.

use hyperpoint::Tls;
use tokio::io::AsyncWriteExt;

use crate::client::{Client, Version};
use crate::pairs::{Pair, start};

#[tokio::test]
async fn alpn_selects_http_2_if_the_client_offers_it() {
    let pair = Pair::new("a.example");
    let host = start::<Version>(Tls::pem(&pair.certificate_pem, &pair.key_pem)).await;
    assert!(host.url().starts_with("https://127.0.0.1:"), "{}", host.url());
    let (trusted, offered) = ([&pair.certificate], ["h2", "http/1.1"]);
    let client = Client::connect(host.address(), "a.example", &trusted, &offered).await;
    let client = client.unwrap();
    assert_eq!(client.protocol().as_deref(), Some("h2"));
    let (mut requests, connection) = h2::client::handshake(client.0).await.unwrap();
    let driver = tokio::spawn(connection);
    let request = http::Request::get("https://a.example/version").body(()).unwrap();
    let (answer, _) = requests.send_request(request, true).unwrap();
    let mut body = answer.await.unwrap().into_body();
    assert_eq!(body.data().await.unwrap().unwrap(), "HTTP/2.0");
    driver.abort();
}

#[tokio::test]
async fn a_client_without_http_2_uses_http_1_1() {
    let pair = Pair::new("a.example");
    let host = start::<Version>(Tls::pem(&pair.certificate_pem, &pair.key_pem)).await;
    for offered in [&["http/1.1"][..], &[]] {
        let trusted = [&pair.certificate];
        let client = Client::connect(host.address(), "a.example", &trusted, offered).await;
        let mut client = client.unwrap();
        assert_eq!(client.protocol().as_deref(), offered.first().copied());
        assert_eq!(client.version().await, "HTTP/1.1");
    }
}

#[tokio::test]
async fn rfc_9113_3_2_a_client_that_negotiates_http_2_and_sends_http_1_gets_no_http_1_response() {
    let pair = Pair::new("a.example");
    let host = start::<Version>(Tls::pem(&pair.certificate_pem, &pair.key_pem)).await;
    let trusted = [&pair.certificate];
    let client = Client::connect(host.address(), "a.example", &trusted, &["h2"]).await;
    let mut client = client.unwrap();
    client.0.write_all(b"GET /version HTTP/1.1\r\nhost: a\r\n\r\n").await.unwrap();
    let read = client.until_close().await;
    assert!(!read.starts_with(b"HTTP/1.1"), "{:?}", String::from_utf8_lossy(&read));
}
