//! Metrics in the text format of Prometheus, and the endpoint that serves them.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use hyperpoint_core::services::Resolver;
use hyperpoint_core::{Config, Cx, Declared, Endpoint, FromServices, Result};
use metrics_exporter_prometheus::{
    Matcher, PrometheusBuilder, PrometheusHandle, PrometheusRecorder,
};

use super::instruments::{REQUEST_DURATION, STREAM_DURATION, TOPIC_LAG};
use crate::error::HostError;

/// Interval at which recorded values are aggregated, so that they use bounded memory even if no
/// client requests them.
const UPKEEP: Duration = Duration::from_secs(5);
/// The media type of the text exposition format, version 0.0.4.
const TEXT_FORMAT: &str = "text/plain; version=0.0.4; charset=utf-8";
/// Bucket bounds in seconds that OpenTelemetry's semantic conventions advise for
/// `http.server.request.duration`.
const SECONDS: [f64; 14] =
    [0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1.0, 2.5, 5.0, 7.5, 10.0];
const STREAM_SECONDS: [f64; 10] =
    [1.0, 5.0, 15.0, 60.0, 300.0, 900.0, 1800.0, 3600.0, 21600.0, 86400.0];
const EVENTS: [f64; 8] = [2.0, 5.0, 10.0, 25.0, 50.0, 100.0, 250.0, 1000.0];

/// A recorder of metrics that renders them for Prometheus. Cheap to clone; clones share their
/// metrics. Needs the feature `prometheus`.
///
/// # Examples
///
/// ```
/// use hyperpoint::{Host, Prometheus};
///
/// let prometheus = Prometheus::new();
/// let host = Host::new().prometheus(&prometheus).management("127.0.0.1:9090");
/// # drop(host);
/// assert_eq!(prometheus.render(), "");
/// ```
#[derive(Clone)]
pub struct Prometheus {
    recorder: Arc<PrometheusRecorder>,
    handle: PrometheusHandle,
}

impl Prometheus {
    /// Creates a recorder without metrics.
    #[must_use]
    #[expect(clippy::missing_panics_doc, reason = "no list of buckets is empty")]
    pub fn new() -> Self {
        let builder = [
            (REQUEST_DURATION, &SECONDS[..]),
            (STREAM_DURATION, &STREAM_SECONDS[..]),
            (TOPIC_LAG, &EVENTS[..]),
        ]
        .into_iter()
        .fold(PrometheusBuilder::new(), |builder, (name, buckets)| {
            builder
                .set_buckets_for_metric(Matcher::Full(name.to_owned()), buckets)
                .expect("no list of buckets is empty")
        });
        let recorder = Arc::new(builder.build_recorder());
        let handle = recorder.handle();
        Self { recorder, handle }
    }

    /// Installs this recorder as the global recorder of the process, so that metrics recorded by
    /// the program with the macros of the `metrics` crate are rendered too.
    ///
    /// # Errors
    ///
    /// Returns an error if the process already has a global recorder.
    ///
    /// # Examples
    ///
    /// ```
    /// use hyperpoint::Prometheus;
    ///
    /// let prometheus = Prometheus::new();
    /// prometheus.install()?;
    /// assert!(prometheus.install().is_err());
    /// # Ok::<(), hyperpoint::HostError>(())
    /// ```
    pub fn install(&self) -> std::result::Result<(), HostError> {
        let recorder = Arc::clone(&self.recorder);
        metrics::set_global_recorder(recorder).map_err(|_taken| {
            let text = "the process already has a global recorder of `metrics`; install only one";
            HostError::startup(vec![text.to_owned()])
        })
    }

    /// Returns all metrics in the text format of Prometheus.
    #[must_use]
    pub fn render(&self) -> String {
        self.handle.render()
    }

    /// Returns the recorder of the metrics facade.
    pub(crate) fn recorder(&self) -> Arc<PrometheusRecorder> {
        Arc::clone(&self.recorder)
    }

    /// Aggregates recorded values every 5 s, for as long as the future is polled.
    pub(crate) fn upkeep(&self) -> impl Future<Output = ()> + Send + 'static {
        let handle = self.handle.clone();
        async move {
            loop {
                tokio::time::sleep(UPKEEP).await;
                handle.run_upkeep();
            }
        }
    }
}

impl Default for Prometheus {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for Prometheus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Prometheus").finish_non_exhaustive()
    }
}

/// The endpoint `GET /metrics`, which renders all metrics.
pub(crate) struct MetricsEndpoint {
    prometheus: Arc<Prometheus>,
}

impl FromServices for MetricsEndpoint {
    const DECLARED: Declared = Declared { file: file!(), line: line!() };

    fn from_services(resolver: &mut Resolver<'_>) -> Option<Self> {
        Some(Self { prometheus: resolver.field("prometheus")? })
    }
}

impl Endpoint for MetricsEndpoint {
    type Request = ();
    type Response = ();

    fn configure(config: &mut Config) {
        config.get("/metrics");
        config.allow_anonymous();
    }

    async fn handle(&self, (): (), cx: Cx<'_, Self>) -> Result {
        cx.send.bytes_async(self.prometheus.render(), TEXT_FORMAT).await
    }
}
