//! The last event id of a reconnecting client.

use std::borrow::Cow;

use http::request;

/// The query parameters that are read in place of the header.
const QUERY_NAMES: [&str; 3] = ["last_event_id", "lastEventId", "lastEventID"];

/// Returns the last event id that the client received: from the header `Last-Event-ID`, otherwise
/// from the query parameter `last_event_id`, `lastEventId` or `lastEventID`, because an
/// `EventSource` cannot set headers.
///
/// The header is raw UTF-8 (WHATWG, "Server-sent events") from the client: the last of several
/// fields is used, invalid UTF-8 becomes U+FFFD, and an empty value is treated as absent. Returns
/// `None` if neither the header nor a parameter has a value.
///
/// # Examples
///
/// ```
/// use hyperpoint::http::Request;
/// use hyperpoint::sse::stream::last_event_id;
///
/// let (head, ()) = Request::get("/feed").header("last-event-id", "7").body(())?.into_parts();
/// assert_eq!(last_event_id(&head).as_deref(), Some("7"));
/// # Ok::<(), hyperpoint::http::Error>(())
/// ```
#[must_use]
pub fn last_event_id(request: &request::Parts) -> Option<Cow<'_, str>> {
    let header = request.headers.get_all("last-event-id").iter().next_back();
    let header = header.map(|value| String::from_utf8_lossy(value.as_bytes()));
    header.filter(|id| !id.is_empty()).or_else(|| {
        let pairs = form_urlencoded::parse(request.uri.query()?.as_bytes());
        let named = pairs.filter(|(name, _)| QUERY_NAMES.contains(&&**name));
        named.map(|(_, id)| id).find(|id| !id.is_empty())
    })
}

#[cfg(test)]
mod tests {
    use http::{HeaderValue, Request};

    use super::*;

    #[track_caller]
    fn check(uri: &str, headers: &[&[u8]], expected: Option<&str>) {
        let mut request = Request::get(uri);
        for header in headers {
            request = request.header("last-event-id", HeaderValue::from_bytes(header).unwrap());
        }
        let (parts, ()) = request.body(()).unwrap().into_parts();
        assert_eq!(last_event_id(&parts).as_deref(), expected);
    }

    #[test]
    fn the_header_takes_precedence_over_the_query_and_no_value_fails() {
        check("/", &[], None);
        check("/", &[b"7"], Some("7"));
        check("/", &["é豆".as_bytes()], Some("é豆"));
        check("/", &[b"a\xff"], Some("a\u{fffd}"));
        check("/", &[b"1", b"2"], Some("2"));
        check("/?last_event_id=3", &[], Some("3"));
        check("/?lastEventId=a%20b", &[], Some("a b"));
        check("/?lastEventID=5", &[], Some("5"));
        check("/?lastEventID=5", &[b"4"], Some("4"));
        check("/?lasteventid=5", &[], None);
        check("/?last_event_id=3", &[b"4"], Some("4"));
        check("/?last_event_id=3", &[b""], Some("3"));
        check("/?last_event_id=&x=%ff", &[], None);
    }
}
