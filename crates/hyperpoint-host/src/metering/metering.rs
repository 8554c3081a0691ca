//! How a host is told to count.

use std::sync::Arc;

use metrics::Recorder;

use super::instruments::Instruments;
use super::recorded::{Recorded, RecordedTopics};
use crate::host::Host;

impl Host {
    /// Counts requests, event streams, connections, and what topics do, with this recorder of the
    /// `metrics` facade. Nothing of it is global to the process. Default: nothing is counted.
    ///
    /// # Example
    ///
    /// ```
    /// use hyperpoint_host::Host;
    /// use metrics::NoopRecorder;
    ///
    /// let host = Host::new().metrics(NoopRecorder);
    /// # let _ = host;
    /// ```
    pub fn metrics(mut self, recorder: impl Recorder + Send + Sync + 'static) -> Self {
        let instruments = Instruments::new(Arc::new(recorder));
        self.meter = Some(Arc::new(Recorded(instruments.clone())));
        self.topic_meter = Some(Arc::new(RecordedTopics(instruments)));
        self
    }
}
