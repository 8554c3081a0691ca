//! The interface through which a host reports metrics.

use std::time::Duration;

use http::StatusCode;
use hyperpoint_core::StreamReport;

/// A receiver of a host's metrics. It is a trait because the host must not depend on the metrics
/// library, which is optional.
pub(crate) trait Meter: Send + Sync {
    /// Counts a request whose head was read.
    fn request_began(&self, method: &'static str);

    /// Counts a request whose response was sent or dropped, or whose event stream was opened.
    fn request_ended(&self, request: &EndedRequest<'_>);

    /// Counts a request that the host refused because of a limit, a stop or an invalid head.
    fn refused(&self, route: &str, reason: &'static str);

    /// Counts an opened event stream, and returns the receiver of its metrics.
    fn stream_opened(&self, route: &str) -> Box<dyn StreamMeter>;

    /// Counts an accepted connection.
    fn connection_opened(&self);

    /// Counts a connection that has ended for this reason.
    fn connection_closed(&self, why: &'static str);

    /// Counts a connection that was closed unserved, or a failed attempt to accept one, for this
    /// reason.
    fn connection_refused(&self, why: &'static str);
}

/// A receiver of the metrics of one event stream.
pub(crate) trait StreamMeter: Send {
    /// Adds the events and bytes passed to the connection since the last call.
    fn sent(&self, events: u64, bytes: u64);

    /// Counts the stream as ended.
    fn ended(&self, report: &StreamReport);
}

/// A request whose response was sent or dropped, or whose event stream was opened.
#[cfg_attr(not(feature = "metrics"), expect(dead_code, reason = "only meters read the fields"))]
#[derive(Debug)]
pub(crate) struct EndedRequest<'a> {
    pub(crate) method: &'static str,
    /// The route template, or empty if no endpoint or mounted service was found.
    pub(crate) route: &'a str,
    /// The response's status, or `None` if the client disconnected before the response.
    pub(crate) status: Option<StatusCode>,
    pub(crate) took: Duration,
    pub(crate) received_bytes: u64,
    pub(crate) sent_bytes: u64,
}
