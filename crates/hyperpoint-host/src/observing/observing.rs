//! What a host does to be observed.

use std::fmt;
use std::sync::Arc;

use tracing::Level;

use super::meter::Meter;
use super::traces::Traces;

/// What a host does to be observed. One that does nothing of it has none.
pub(crate) struct Observing {
    pub(super) traces: Option<Traces>,
    pub(crate) meter: Option<Arc<dyn Meter>>,
}

impl Observing {
    /// None where nothing is asked for.
    pub(crate) fn new(traces: Option<Traces>, meter: Option<Arc<dyn Meter>>) -> Option<Arc<Self>> {
        let is_asked_for = traces.is_some() || meter.is_some();
        is_asked_for.then(|| Arc::new(Self { traces, meter }))
    }

    /// Whether anybody would learn of a request now.
    pub(crate) fn is_awake(&self) -> bool {
        self.meter.is_some() || Self::has_subscriber()
    }

    pub(super) fn has_subscriber() -> bool {
        tracing::enabled!(target: "hyperpoint::request", Level::INFO)
    }
}

impl fmt::Debug for Observing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Observing").field("traces", &self.traces).finish_non_exhaustive()
    }
}
