//! The two kinds of event streams.

use http::Method;

/// The kind of an event stream: for clients that reconnect like an `EventSource`, or for clients
/// that read the response of one request.
///
/// # Examples
///
/// ```
/// use hyperpoint::StreamKind;
/// use hyperpoint::http::Method;
///
/// assert_eq!(StreamKind::of_method(&Method::GET), StreamKind::ForEventSource);
/// assert_eq!(StreamKind::of_method(&Method::POST), StreamKind::AsWritten);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum StreamKind {
    /// For `EventSource` and similar clients, which reconnect whenever a stream ends: the framework
    /// sends `retry` and its own events (`ready`, `gap`, `reconnect`, `problem`), and every end is
    /// clean. The default of GET and HEAD.
    #[default]
    ForEventSource,
    /// For clients that read the response of one request: the stream is sent as the handler wrote
    /// it. The framework adds no event and no `retry` that the handler did not request, and a
    /// stream that fails is cut. The default of every other method.
    AsWritten,
}

impl StreamKind {
    /// Returns the default kind of the streams that respond to this method.
    #[must_use]
    pub fn of_method(method: &Method) -> Self {
        if matches!(*method, Method::GET | Method::HEAD) {
            Self::ForEventSource
        } else {
            Self::AsWritten
        }
    }
}
