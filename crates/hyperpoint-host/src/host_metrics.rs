//! The methods of the host builder that enable metrics.

use std::sync::Arc;

#[cfg(feature = "prometheus")]
use hyperpoint_core::endpoint::Registration;
use metrics::Recorder;

use crate::host::Host;
use crate::telemetry::{Instruments, MetricsMeter, MetricsTopicMeter};
#[cfg(feature = "prometheus")]
use crate::telemetry::{MetricsEndpoint, Prometheus};

impl Host {
    /// Records metrics of requests, event streams, connections and topics with this recorder of the
    /// `metrics` facade. The global recorder is neither used nor set. Default: no metrics. Needs
    /// the feature `metrics`.
    ///
    /// # Examples
    ///
    /// ```
    /// use hyperpoint::Host;
    /// use metrics::NoopRecorder;
    ///
    /// let host = Host::new().metrics(NoopRecorder);
    /// # drop(host);
    /// ```
    pub fn metrics(mut self, recorder: impl Recorder + Send + Sync + 'static) -> Self {
        let instruments = Instruments::new(Arc::new(recorder));
        self.meter = Some(Arc::new(MetricsMeter(instruments.clone())));
        self.topic_meter = Some(Arc::new(MetricsTopicMeter(instruments)));
        self
    }

    /// Records metrics as [`metrics`](Self::metrics) does, and renders them for Prometheus at
    /// `GET /metrics` of the management address ([`management`](Self::management)).
    /// Needs the feature `prometheus`.
    ///
    /// The public address has no such endpoint; to serve metrics there, write an endpoint with a
    /// field `Arc<Prometheus>` that sends [`Prometheus::render`]. While the host serves, recorded
    /// values are aggregated every 5 s. If another server serves the host's application, each
    /// `render` aggregates them.
    ///
    /// # Examples
    ///
    /// ```
    /// use hyperpoint::{Host, Prometheus};
    ///
    /// let prometheus = Prometheus::new();
    /// let host = Host::new().prometheus(&prometheus).management("127.0.0.1:9090");
    /// # drop(host);
    /// ```
    #[cfg(feature = "prometheus")]
    pub fn prometheus(mut self, prometheus: &Prometheus) -> Self {
        self.management.background_tasks.push(Box::pin(prometheus.upkeep()));
        let service = Arc::new(prometheus.clone());
        self.management.registrations.push(Registration::of::<MetricsEndpoint>());
        self.management.services.add(Arc::clone(&service));
        self.metrics(prometheus.recorder()).service(service)
    }
}
