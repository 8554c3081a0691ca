//! Request heads that do not share the connection's read buffer.

use bytes::BytesMut;
use http::header::{HeaderMap, HeaderValue};
use http::{Uri, request};

/// Copies the request head into its own memory, for a handler that runs as long as its client is
/// connected.
///
/// A parsed head shares the buffer that it was read into: as long as one header exists, the buffer
/// (8 KiB on HTTP/1) is not freed, and the connection must allocate another one for its next read.
/// A header map with more than twice the capacity that it needs is replaced by a smaller one.
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
    for value in head.headers.values_mut() {
        let bytes = text.split_to(value.len());
        if let Ok(mut own) = HeaderValue::from_maybe_shared(bytes) {
            own.set_sensitive(value.is_sensitive());
            *value = own;
        }
    }
    if head.headers.capacity() > 2 * head.headers.keys_len() {
        head.headers = with_less_capacity(&head.headers);
    }
}

/// Returns a copy of the map with only the capacity that it needs.
fn with_less_capacity(headers: &HeaderMap) -> HeaderMap {
    let mut less = HeaderMap::with_capacity(headers.keys_len());
    for (name, value) in headers {
        less.append(name, value.clone());
    }
    less
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;
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
