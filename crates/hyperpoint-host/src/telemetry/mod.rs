//! Observability: tracing spans and metrics for requests and event streams, and metrics for
//! connections and topics.
//!
//! If both are disabled, requests cause no telemetry work. The only endpoint in this module is
//! `GET /metrics`. The metrics library is used only through [`Meter`], because it is optional.

mod meter;
mod traces;
mod request_record;
mod received_body;
mod numbers;
mod stream_telemetry;
mod request_telemetry;
mod sent_body;
#[cfg(feature = "metrics")]
mod instruments;
#[cfg(feature = "metrics")]
mod metrics_meter;
#[cfg(feature = "prometheus")]
mod prometheus;

#[cfg(feature = "metrics")]
pub(crate) use instruments::Instruments;
pub(crate) use meter::Meter;
#[cfg(feature = "metrics")]
pub(crate) use metrics_meter::{MetricsMeter, MetricsTopicMeter};
#[cfg(feature = "prometheus")]
pub(crate) use prometheus::MetricsEndpoint;
#[cfg(feature = "prometheus")]
pub use prometheus::Prometheus;
pub(crate) use received_body::ReceivedBody;
pub(crate) use request_record::RequestRecord;
pub(crate) use request_telemetry::{RequestTelemetry, Telemetry};
pub(crate) use sent_body::SentBody;
pub use traces::Traces;
