//! Counts for Prometheus to read.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use hyperpoint_core::endpoint::Registration;
use hyperpoint_core::services::Resolver;
use hyperpoint_core::{Config, Cx, Declared, Endpoint, FromServices, Result};
use metrics_exporter_prometheus::{
    Matcher, PrometheusBuilder, PrometheusHandle, PrometheusRecorder,
};

use super::instruments::{REQUEST_DURATION, STREAM_DURATION, TOPIC_LAG};
use crate::error::HostError;
use crate::host::Host;

/// How often what was recorded is put together, also where nobody reads it.
const UPKEEP: Duration = Duration::from_secs(5);
/// Text of Prometheus, version 0.0.4.
const TEXT_FORMAT: &str = "text/plain; version=0.0.4; charset=utf-8";
/// As the semantic conventions of OpenTelemetry advise for `http.server.request.duration`.
const SECONDS: [f64; 14] =
    [0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1.0, 2.5, 5.0, 7.5, 10.0];
const STREAM_SECONDS: [f64; 10] =
    [1.0, 5.0, 15.0, 60.0, 300.0, 900.0, 1800.0, 3600.0, 21600.0, 86400.0];
const EVENTS: [f64; 8] = [2.0, 5.0, 10.0, 25.0, 50.0, 100.0, 250.0, 1000.0];

/// Counts for Prometheus to read. Cheap to clone.
///
/// # Example
///
/// ```
/// use hyperpoint_host::{Host, Prometheus};
///
/// let prometheus = Prometheus::new();
/// let host = Host::new().prometheus(&prometheus).management("127.0.0.1:9090");
/// # let _ = host;
/// assert_eq!(prometheus.render(), "");
/// ```
#[derive(Clone)]
pub struct Prometheus {
    recorder: Arc<PrometheusRecorder>,
    handle: PrometheusHandle,
}

impl Prometheus {
    /// Nothing is counted yet.
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

    /// Makes this the recorder of the process, so that what the program counts by the macros of
    /// `metrics` is read with the rest.
    ///
    /// # Errors
    ///
    /// When the process has a recorder.
    pub fn install(&self) -> std::result::Result<(), HostError> {
        let recorder = Arc::clone(&self.recorder);
        metrics::set_global_recorder(recorder).map_err(|_taken| {
            let text = "the process has a recorder of `metrics` already; install one";
            HostError::startup(vec![text.to_owned()])
        })
    }

    /// What was counted, in the text format of Prometheus.
    #[must_use]
    pub fn render(&self) -> String {
        self.handle.render()
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

impl Host {
    /// Counts as [`metrics`](Self::metrics) does, for Prometheus to read: at `GET /metrics` of the
    /// address for those who run the host ([`management`](Self::management)), and nowhere else unless
    /// an endpoint with a field `Arc<Prometheus>` answers with [`Prometheus::render`]. While the host
    /// serves, what was recorded is put together now and then; where something else serves its
    /// application, each `render` does so.
    pub fn prometheus(mut self, prometheus: &Prometheus) -> Self {
        let handle = prometheus.handle.clone();
        self.management.chores.push(Box::pin(async move {
            loop {
                tokio::time::sleep(UPKEEP).await;
                handle.run_upkeep();
            }
        }));
        let service = Arc::new(prometheus.clone());
        self.management.registrations.push(Registration::of::<Exposition>());
        self.management.services.add(Arc::clone(&service));
        self.metrics(Arc::clone(&prometheus.recorder)).service(service)
    }
}

/// GET /metrics: what was counted.
struct Exposition {
    prometheus: Arc<Prometheus>,
}

impl FromServices for Exposition {
    const DECLARED: Declared = Declared { file: file!(), line: line!() };

    fn from_services(resolver: &mut Resolver<'_>) -> Option<Self> {
        Some(Self { prometheus: resolver.field("prometheus")? })
    }
}

impl Endpoint for Exposition {
    type Request = ();
    type Response = ();

    fn configure(config: &mut Config) {
        config.get("/metrics");
        config.allow_anonymous();
    }

    async fn handle(&self, _: (), cx: Cx<'_, Self>) -> Result {
        cx.send.bytes_async(self.prometheus.render(), TEXT_FORMAT).await
    }
}
