//! Access to the report of an open event stream, for telemetry.

use std::fmt;
use std::sync::Arc;

use hyperpoint_sse::stream::StreamReport;

use super::exchange::Exchange;

/// A handle to the report of an event stream, valid while the stream runs and after its end. The
/// extensions of the response head contain a handle if the host is
/// [observed](crate::host_state::HostState::observed).
#[derive(Clone)]
pub struct StreamProbe(Arc<Exchange>);

impl StreamProbe {
    pub(crate) fn new(exchange: &Arc<Exchange>) -> Self {
        Self(Arc::clone(exchange))
    }

    /// Returns the report so far, or `None` if the stream has not started. The reported end is
    /// `ClientLeft` until the stream records its end: if the body is dropped before that, the
    /// client has disconnected, unless the host has stopped.
    #[must_use]
    pub fn report(&self) -> Option<StreamReport> {
        self.0.report()
    }
}

impl fmt::Debug for StreamProbe {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("StreamProbe").field(&self.report()).finish()
    }
}

/// An extension with which a caller in the same process requests the report of an event stream. The
/// caller adds it to the request; the extensions of the stream's response head then contain a
/// `WantsReport` with the report. With the report, the caller can distinguish a failed stream that
/// ended cleanly from a successful stream.
#[derive(Clone, Debug, Default)]
pub struct WantsReport(Option<StreamProbe>);

impl WantsReport {
    pub(crate) fn answered(exchange: &Arc<Exchange>) -> Self {
        Self(Some(StreamProbe::new(exchange)))
    }

    /// Returns the report so far, or `None` in a request or if the stream has not started.
    #[must_use]
    pub fn report(&self) -> Option<StreamReport> {
        self.0.as_ref()?.report()
    }
}
