//! Request heads that do not share the connection's read buffer.

use bytes::{Bytes, BytesMut};
use http::header::{HeaderMap, HeaderValue};
use http::{Uri, request};

/// Copies the request head into its own memory, for a handler that runs as long as its client is
/// connected.
///
/// A parsed head shares the buffer that it was read into: as long as one header exists, the buffer
/// of 8 KiB is not freed, and the connection must allocate another one for its next read. The
/// parsed header map has more capacity than most requests need; the copy has only the capacity that
/// it needs.
pub fn detach(head: &mut request::Parts) {
    let uri = head.uri.to_string();
    let len = head.headers.values().map(HeaderValue::len).sum::<usize>();
    let mut text = BytesMut::with_capacity(uri.len() + len);
    text.extend_from_slice(uri.as_bytes());
    for value in head.headers.values() {
        text.extend_from_slice(value.as_bytes());
    }
    let mut text = text.freeze();
    if let Ok(own) = Uri::from_maybe_shared(text.split_to(uri.len())) {
        head.uri = own;
    }
    head.headers = headers_from(&head.headers, text);
}

/// Returns a copy of the headers. `text` contains their values in order, and the copies share it.
fn headers_from(headers: &HeaderMap, mut text: Bytes) -> HeaderMap {
    let mut detached = HeaderMap::with_capacity(headers.keys_len());
    for (name, value) in headers {
        let bytes = text.split_to(value.len());
        if let Ok(mut own) = HeaderValue::from_maybe_shared(bytes) {
            own.set_sensitive(value.is_sensitive());
            detached.append(name.clone(), own);
        }
    }
    detached
}

#[cfg(test)]
mod tests {
    use http::{HeaderName, Request};

    use super::*;

    #[test]
    fn a_detached_head_is_equal_and_shares_no_memory() {
        let buffer = Bytes::from_static(b"secret\xffvalue").slice(..).to_vec();
        let shared = Bytes::from(buffer);
        let mut value = HeaderValue::from_maybe_shared(shared.clone()).unwrap();
        value.set_sensitive(true);
        let request = Request::get("http://host:80/a?b=%20").header("x-plain", "1");
        let request = request.header("x-twice", "2").header("x-twice", "3").header("x-raw", value);
        let (mut head, ()) = request.body(()).unwrap().into_parts();
        let before = head.clone();
        detach(&mut head);
        assert_eq!((head.uri, &head.headers), (before.uri, &before.headers));
        let raw = head.headers.get(HeaderName::from_static("x-raw")).unwrap();
        assert!(raw.is_sensitive());
        drop(before.headers);
        assert!(shared.is_unique());
    }
}
