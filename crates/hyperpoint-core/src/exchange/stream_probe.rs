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

    /// Returns the report so far. Until another end is recorded, the reported end is `ClientLeft`,
    /// which is correct if the body is dropped.
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
