//! A look at an event stream that is under way, for whoever counts.

use std::fmt;
use std::sync::Arc;

use super::exchange::Exchange;
use super::stream_report::StreamReport;

/// A look at an event stream, from its head to its end. It is among the extensions of the head where
/// the host is [observed](crate::host_state::HostState::observed).
#[derive(Clone)]
pub struct StreamProbe(Arc<Exchange>);

impl StreamProbe {
    pub(super) fn new(exchange: &Arc<Exchange>) -> Self {
        Self(Arc::clone(exchange))
    }

    /// How the stream went so far. One that nobody has ended counts as left by its client: it is, if
    /// its body is dropped.
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
