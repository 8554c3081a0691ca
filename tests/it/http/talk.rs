//! Says bytes to a host and writes down what it says back.

use std::net::SocketAddr;

use super::ask::masked;
use crate::wire::Head;
use crate::wire::raw::Raw;

/// All that a host answers to these bytes until it closes the connection.
pub(crate) async fn talk(address: SocketAddr, request: impl AsRef<[u8]>) -> String {
    written(&Raw::open(address, request).await.until_close().await)
}

/// One answer with a length, of a connection that goes on.
pub(crate) async fn answer(raw: &mut Raw) -> String {
    let head = raw.head().await;
    let length = head.header("content-length");
    let length = length.first().map_or(0, |length| length.parse().unwrap());
    let body = raw.bytes(length).await;
    written(&[head.text().as_bytes(), &body].concat())
}

/// The bytes as text: CRLF of a head as line ends, trace ids and dates masked.
pub(crate) fn written(bytes: &[u8]) -> String {
    let end = bytes.windows(4).position(|four| four == b"\r\n\r\n");
    let (head, body) = bytes.split_at(end.map_or(bytes.len(), |end| end + 4));
    let head = Head::parse(head).text().replace("\r\n", "\n");
    assert!(!head.contains('\r'), "a CR alone in {head:?}");
    head + &masked(std::str::from_utf8(body).unwrap())
}
