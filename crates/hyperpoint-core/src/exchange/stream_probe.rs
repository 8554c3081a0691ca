//! Access to the report of an open event stream, for telemetry.

use std::fmt;
use std::sync::Arc;

use hyperpoint_sse::stream::StreamReport;

use super::exchange::Exchange;

/// A handle to the report of an event stream, from its head to its end. It is among the extensions
/// of the response head if the host is [observed](crate::host_state::HostState::observed).
#[derive(Clone)]
pub struct StreamProbe(Arc<Exchange>);

impl StreamProbe {
    pub(crate) fn new(exchange: &Arc<Exchange>) -> Self {
        Self(Arc::clone(exchange))
    }

    /// Returns the report so far, or `None` if the stream has not started. Until another end is recorded, the
    /// reported end is `ClientLeft`, which is correct if the body is dropped.
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

/// Asks for the report of an event stream, for a caller in the process: some streams end cleanly after
/// they failed. A request has it among its extensions, and the head of the stream then has one with
/// the report.
#[derive(Clone, Debug, Default)]
pub struct WantsReport(Option<StreamProbe>);

impl WantsReport {
    pub(crate) fn answered(exchange: &Arc<Exchange>) -> Self {
        Self(Some(StreamProbe::new(exchange)))
    }

    /// Returns the report so far. `None` in a request.
    #[must_use]
    pub fn report(&self) -> Option<StreamReport> {
        self.0.as_ref()?.report()
    }
}
