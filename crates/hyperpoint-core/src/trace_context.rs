//! The trace context of a request (W3C Trace Context).

use std::fmt;

use http::{Extensions, HeaderMap, HeaderName, HeaderValue, request};

const TRACEPARENT: HeaderName = HeaderName::from_static("traceparent");
const TRACESTATE: HeaderName = HeaderName::from_static("tracestate");

/// The length of a `traceparent` of version 0, in bytes. Later versions begin with the same fields.
const LEN: usize = 55;
/// Maximum length of a `tracestate` that is propagated, in bytes (W3C Trace Context §3.3.1.5).
const STATE_BYTES: usize = 512;
/// Maximum number of `tracestate` members that are propagated (W3C Trace Context §3.3.1.1).
const STATE_MEMBERS: usize = 32;

/// The trace id, the span id and the sampled flag of a `traceparent` (W3C Trace Context).
///
/// # Examples
///
/// ```
/// use hyperpoint::TraceContext;
///
/// let root = TraceContext::root();
/// let child = root.child();
/// assert_eq!(child.trace_id(), root.trace_id());
/// assert_ne!(child.span_id(), root.span_id());
/// ```
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct TraceContext {
    trace_id: [u8; 16],
    span_id: [u8; 8],
    is_sampled: bool,
}

impl TraceContext {
    /// Parses a `traceparent`. Returns `None` if it is invalid: callers treat an invalid one as
    /// absent (W3C Trace Context §3.2).
    ///
    /// # Examples
    ///
    /// ```
    /// use hyperpoint::TraceContext;
    ///
    /// let text = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
    /// let context = TraceContext::parse(text).ok_or("invalid traceparent")?;
    /// assert_eq!(context.trace_id(), "4bf92f3577b34da6a3ce929d0e0e4736");
    /// assert_eq!(context.to_string(), text);
    /// # Ok::<(), &str>(())
    /// ```
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let (known, rest) = text.split_at_checked(LEN)?;
        let mut parts = known.split('-');
        let [version] = hex(parts.next()?)?;
        // A later version may append fields after the known ones (§3.2.4).
        let is_whole = rest.is_empty() || (version != 0 && rest.starts_with('-'));
        let (trace_id, span_id) = (hex(parts.next()?)?, hex(parts.next()?)?);
        let [flags] = hex(parts.next()?)?;
        let is_valid = version != 0xff && trace_id != [0; 16] && span_id != [0; 8];
        let context = Self { trace_id, span_id, is_sampled: flags & 1 == 1 };
        (is_valid && is_whole && parts.next().is_none()).then_some(context)
    }

    /// Creates the root of a new trace, with random ids and the sampled flag set.
    ///
    /// # Examples
    ///
    /// ```
    /// use hyperpoint::TraceContext;
    ///
    /// let root = TraceContext::root();
    /// assert_eq!(TraceContext::parse(&root.to_string()), Some(root));
    /// ```
    #[must_use]
    pub fn root() -> Self {
        let trace_id = fastrand::u128(1..).to_be_bytes();
        Self { trace_id, span_id: [0; 8], is_sampled: true }.child()
    }

    /// Creates a child with the same trace id and sampled flag, and a new random span id.
    #[must_use]
    pub fn child(self) -> Self {
        Self { span_id: fastrand::u64(1..).to_be_bytes(), ..self }
    }

    /// Returns the client's `traceparent`, if there is exactly one and it is valid.
    ///
    /// # Examples
    ///
    /// ```
    /// use hyperpoint::TraceContext;
    /// use hyperpoint::http::HeaderMap;
    ///
    /// assert_eq!(TraceContext::of_headers(&HeaderMap::new()), None);
    /// ```
    #[must_use]
    pub fn of_headers(headers: &HeaderMap) -> Option<Self> {
        let mut values = headers.get_all(TRACEPARENT).iter();
        let only = values.next().filter(|_| values.next().is_none())?;
        Self::parse(only.to_str().ok()?)
    }

    /// Returns the context of the request's span if the host traces requests, otherwise the context
    /// from the client's `traceparent`, or `None` if neither is known.
    pub(crate) fn of_request(extensions: &Extensions, headers: &HeaderMap) -> Option<Self> {
        extensions.get::<Self>().copied().or_else(|| Self::of_headers(headers))
    }

    /// Returns the trace id: 32 hex digits.
    #[must_use]
    pub fn trace_id(&self) -> String {
        Hex(&self.trace_id).to_string()
    }

    /// Returns the span id: 16 hex digits.
    #[must_use]
    pub fn span_id(&self) -> String {
        Hex(&self.span_id).to_string()
    }

    /// Returns the sampled flag: whether the caller may have recorded its part of the trace.
    #[must_use]
    pub fn is_sampled(&self) -> bool {
        self.is_sampled
    }
}

impl fmt::Display for TraceContext {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let flags = u8::from(self.is_sampled);
        write!(f, "00-{}-{}-{flags:02x}", Hex(&self.trace_id), Hex(&self.span_id))
    }
}

impl fmt::Debug for TraceContext {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "TraceContext({self})")
    }
}

struct Hex<'a>(&'a [u8]);

impl fmt::Display for Hex<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

/// Parses `N` bytes from lower-case hex digits.
fn hex<const N: usize>(text: &str) -> Option<[u8; N]> {
    let is_lower = |byte: u8| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte);
    if text.len() != 2 * N || !text.bytes().all(is_lower) {
        return None;
    }
    let mut bytes = [0; N];
    for (byte, digits) in bytes.iter_mut().zip(text.as_bytes().chunks_exact(2)) {
        *byte = u8::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok()?;
    }
    Some(bytes)
}

/// The trace context of a request, for calls that its handler makes to other services.
///
/// # Examples
///
/// ```
/// use hyperpoint::http::{HeaderMap, Request};
/// # use hyperpoint::{Cx, Endpoint, Result};
/// # async fn handle<E: Endpoint>(cx: Cx<'_, E>) -> Result {
/// let mut call = Request::get("http://stock/items").body(())?;
/// call.headers_mut().extend(cx.trace.headers());
/// # cx.send.no_content_async().await
/// # }
/// ```
#[derive(Clone, Copy)]
pub struct Trace<'a> {
    request: &'a request::Parts,
}

impl<'a> Trace<'a> {
    pub(crate) fn new(request: &'a request::Parts) -> Self {
        Self { request }
    }

    /// Returns the context of the request's span if the host traces requests, otherwise the context
    /// from the client's `traceparent`, or `None` if neither is known.
    #[must_use]
    pub fn context(self) -> Option<TraceContext> {
        TraceContext::of_request(&self.request.extensions, &self.request.headers)
    }

    /// Returns the headers for an outgoing call: `traceparent` with the [`context`](Self::context)
    /// and, if the client sent a valid `traceparent` and a valid `tracestate`, the client's
    /// `tracestate`. Empty if there is no context.
    #[must_use]
    pub fn headers(self) -> HeaderMap {
        let mut headers = HeaderMap::new();
        let parent = self.context().map(|context| HeaderValue::try_from(context.to_string()));
        if let Some(Ok(parent)) = parent {
            headers.insert(TRACEPARENT, parent);
            // A `tracestate` is meaningless without its `traceparent` (§3.3).
            let is_of_client = TraceContext::of_headers(&self.request.headers).is_some();
            if let Some(state) = is_of_client.then(|| self.state()).flatten() {
                headers.insert(TRACESTATE, state);
            }
        }
        headers
    }

    /// Returns the client's `tracestate`, with its header lines combined into one list (RFC 9110
    /// §5.3), or `None` if it is absent, invalid or too large.
    fn state(self) -> Option<HeaderValue> {
        let lines = self.request.headers.get_all(TRACESTATE).iter().map(HeaderValue::to_str);
        let text = lines.collect::<Result<Vec<_>, _>>().ok()?.join(",");
        let members = text.split(',').map(|member| member.trim_matches([' ', '\t']));
        let members: Vec<_> = members.filter(|member| !member.is_empty()).collect();
        let is_valid = !members.is_empty()
            && members.len() <= STATE_MEMBERS
            && text.len() <= STATE_BYTES
            && members.iter().all(|member| is_member(member));
        is_valid.then(|| HeaderValue::try_from(members.join(",")).ok()).flatten()
    }
}

impl fmt::Debug for Trace<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Trace").field(&self.context()).finish()
    }
}

/// Returns whether the text has the form of a `tracestate` member: a key and a value of valid
/// characters, with 1 to 256 bytes each (W3C Trace Context §3.3.1.3).
fn is_member(member: &str) -> bool {
    let is_of_key =
        |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"_-*/@".contains(&byte);
    let is_of_value = |byte: u8| (b' '..=b'~').contains(&byte) && !b",=".contains(&byte);
    member.split_once('=').is_some_and(|(key, value)| {
        (1..=256).contains(&key.len())
            && key.bytes().all(is_of_key)
            && (1..=256).contains(&value.len())
            && value.bytes().all(is_of_value)
    })
}

#[cfg(test)]
mod tests {
    use http::Request;

    use super::*;

    const PARENT: &str = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

    #[test]
    fn a_traceparent_is_parsed_exactly_or_refused() {
        let check = |text: &str, expected: Option<&str>| {
            let read = TraceContext::parse(text).map(|context| context.to_string());
            assert_eq!(read.as_deref(), expected, "{text}");
        };
        check(PARENT, Some(PARENT));
        check(&PARENT.replace("-01", "-03"), Some(PARENT));
        let unsampled = PARENT.replace("-01", "-00");
        check(&unsampled, Some(&unsampled));
        let later = PARENT.replace("00-4b", "cc-4b");
        check(&later, Some(PARENT));
        check(&format!("{later}-what-comes"), Some(PARENT));
        check(&format!("{later}.what"), None);
        check(&format!("{PARENT}-more"), None);
        check(&PARENT.replace("00-4b", "ff-4b"), None);
        check(&PARENT.to_uppercase(), None);
        check(&PARENT.replace("4bf9", "4Bf9"), None);
        check(&PARENT.replace("4bf9", "+bf9"), None);
        check(&PARENT.replace("4bf92f3577b34da6a3ce929d0e0e4736", &"0".repeat(32)), None);
        check(&PARENT.replace("00f067aa0ba902b7", &"0".repeat(16)), None);
        check(&PARENT.replace('-', "_"), None);
        check(PARENT.strip_suffix('1').unwrap(), None);
        check(&format!(" {PARENT}"), None);
        check("", None);
    }

    #[track_caller]
    fn outgoing(headers: &[(&str, &str)]) -> String {
        let add =
            |request: request::Builder, (name, value): &(&str, &str)| request.header(*name, *value);
        let request = headers.iter().fold(Request::get("/"), add).body(()).unwrap();
        let headers = Trace::new(&request.into_parts().0).headers();
        let line = |(name, value): (&HeaderName, &HeaderValue)| {
            format!("{name}={}", value.to_str().unwrap())
        };
        headers.iter().map(line).collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn valid_incoming_headers_are_propagated() {
        let parent = format!("traceparent={PARENT}");
        assert_eq!(outgoing(&[("traceparent", PARENT)]), parent);
        assert_eq!(outgoing(&[("traceparent", PARENT), ("traceparent", PARENT)]), "");
        assert_eq!(outgoing(&[("tracestate", "a=1")]), "");
        assert_eq!(outgoing(&[]), "");
        let with = |state: &str| outgoing(&[("traceparent", PARENT), ("tracestate", state)]);
        assert_eq!(with("a=1, t@b=x y"), format!("{parent} tracestate=a=1,t@b=x y"));
        for state in ["", "A=1", "a", "a=", "a=1=2", &"a=1,".repeat(33), &"a".repeat(513)] {
            assert_eq!(with(state), parent, "{state}");
        }
        let lines = [("traceparent", PARENT), ("tracestate", "a=1"), ("tracestate", "b=2")];
        assert_eq!(outgoing(&lines), format!("{parent} tracestate=a=1,b=2"));
    }

    #[test]
    fn a_child_has_the_trace_id_of_its_parent() {
        let root = TraceContext::root();
        assert_eq!(TraceContext::parse(&root.to_string()), Some(root));
        let child = root.child();
        assert_eq!(child.trace_id(), root.trace_id());
        assert_ne!(child.span_id(), root.span_id());
    }
}
