//! What is told to whoever counts.

use std::time::Duration;

use http::StatusCode;
use hyperpoint_core::StreamReport;

/// What is told to whoever counts. It is here, so that the host knows nothing of the library that
/// does it, which a feature may leave out.
pub(crate) trait Meter: Send + Sync {
    /// The head of a request was read.
    fn request_began(&self, method: &'static str);

    /// Its answer was sent or dropped, or its event stream was opened.
    fn request_ended(&self, request: &EndedRequest<'_>);

    /// A request was refused for a reason that its status does not tell.
    fn refused(&self, route: &str, reason: &'static str);

    /// An event stream was opened.
    fn stream_opened(&self, route: &str) -> Box<dyn StreamMeter>;

    /// A connection was accepted.
    fn connection_opened(&self);

    /// A connection is over, for this reason.
    fn connection_closed(&self, why: &'static str);

    /// A connection was not served at all, for this reason.
    fn connection_refused(&self, why: &'static str);
}

/// What is told of one event stream.
pub(crate) trait StreamMeter: Send {
    /// So much more was given to its socket.
    fn sent(&self, events: u64, bytes: u64);

    /// It is over.
    fn ended(&self, report: &StreamReport);
}

/// A request whose answer was sent or dropped, or whose event stream was opened.
#[cfg_attr(not(feature = "metrics"), expect(dead_code, reason = "read by who counts"))]
#[derive(Debug)]
pub(crate) struct EndedRequest<'a> {
    pub(crate) method: &'static str,
    /// The template; empty where no endpoint was found.
    pub(crate) route: &'a str,
    /// None where the client left before there was an answer.
    pub(crate) status: Option<StatusCode>,
    pub(crate) took: Duration,
    pub(crate) received_bytes: u64,
    pub(crate) sent_bytes: u64,
}
