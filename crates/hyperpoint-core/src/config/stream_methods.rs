//! The configuration methods for event streams.

use http::Method;
use hyperpoint_sse::stream::StreamKind;

use super::settings::Settings;

/// The kind of event streams, as written or for `EventSource`.
impl Settings {
    /// Sends event streams exactly as the handler writes them, for clients that read the response
    /// to a single request, such as SDKs. This is the default for every method except GET and HEAD.
    ///
    /// The framework adds no events of its own, and sends no `retry` unless the handler sets one. A
    /// stream that fails is aborted. The last call of this method or of
    /// [`streams_for_event_source`](Self::streams_for_event_source) applies, and overrides the kind
    /// that the group or the host sets.
    ///
    /// The chapter "Event streams" of the guide compares the two kinds. A response that is not an
    /// event stream is not affected.
    ///
    /// # Examples
    ///
    /// ```
    /// # let mut config = hyperpoint::Config::default();
    /// config.get("/export");
    /// config.streams_as_written();
    /// ```
    pub fn streams_as_written(&mut self) {
        self.stream_kind = Some(StreamKind::AsWritten);
    }

    /// Sends event streams for `EventSource` in browsers and similar clients, which reconnect after
    /// every end of a stream. This is the default for GET and HEAD.
    ///
    /// The framework adds its own events and a `retry`, and completes the response body even if the
    /// stream fails. The last call of this method or of
    /// [`streams_as_written`](Self::streams_as_written) applies, and overrides the kind that the
    /// group or the host sets.
    ///
    /// # Examples
    ///
    /// ```
    /// # let mut config = hyperpoint::Config::default();
    /// config.post("/search");
    /// config.streams_for_event_source();
    /// ```
    pub fn streams_for_event_source(&mut self) {
        self.stream_kind = Some(StreamKind::ForEventSource);
    }

    /// Returns the kind of the event streams in responses to this method: the configured kind, or
    /// the default of the method.
    #[must_use]
    pub fn stream_kind(&self, method: &Method) -> StreamKind {
        self.stream_kind.unwrap_or_else(|| StreamKind::of_method(method))
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Config, GroupConfig};
    use super::*;

    #[test]
    fn the_innermost_level_decides_and_then_the_method() {
        let kind = |own: fn(&mut Config), outer: fn(&mut GroupConfig), method: Method| {
            let (mut config, mut host) = (Config::default(), GroupConfig::default());
            own(&mut config);
            outer(&mut host);
            config.within(&host).stream_kind(&method)
        };
        let (written, for_browsers) = (StreamKind::AsWritten, StreamKind::ForEventSource);
        assert_eq!(kind(|_| {}, |_| {}, Method::GET), for_browsers);
        assert_eq!(kind(|_| {}, |_| {}, Method::DELETE), written);
        assert_eq!(kind(|_| {}, |host| host.streams_as_written(), Method::GET), written);
        let own: fn(&mut Config) = |config| config.streams_for_event_source();
        assert_eq!(kind(own, |host| host.streams_as_written(), Method::POST), for_browsers);
    }
}
