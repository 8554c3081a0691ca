//! Sends raw bytes to a host and renders what it sends back.

use std::net::SocketAddr;

use super::ask::masked;
use crate::wire::Head;
use crate::wire::raw::Raw;

/// Sends these bytes and renders everything that the host sends until it closes the connection.
pub(crate) async fn talk(address: SocketAddr, request: impl AsRef<[u8]>) -> String {
    written(&Raw::open(address, request).await.until_close().await)
}

/// Reads and renders one response that has a length, on a connection that stays open.
pub(crate) async fn answer(raw: &mut Raw) -> String {
    let head = raw.head().await;
    let length = head.header("content-length");
    let length = length.first().map_or(0, |length| length.parse().unwrap());
    let body = raw.bytes(length).await;
    written(&[head.text().as_bytes(), &body].concat())
}

/// Renders the bytes as text: CRLF in the head as line ends, trace ids and dates masked.
pub(crate) fn written(bytes: &[u8]) -> String {
    let end = bytes.windows(4).position(|four| four == b"\r\n\r\n");
    let (head, body) = bytes.split_at(end.map_or(bytes.len(), |end| end + 4));
    let head = Head::parse(head).text().replace("\r\n", "\n");
    assert!(!head.contains('\r'), "a CR alone in {head:?}");
    head + &masked(std::str::from_utf8(body).unwrap())
}
