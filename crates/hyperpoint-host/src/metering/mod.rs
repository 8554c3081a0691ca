//! Counts of what a host does, through the `metrics` facade.

mod instruments;
mod recorded;
#[expect(clippy::module_inception, reason = "a file is named for its main type")]
mod metering;
#[cfg(feature = "prometheus")]
mod prometheus;

#[cfg(feature = "prometheus")]
pub use prometheus::Prometheus;
