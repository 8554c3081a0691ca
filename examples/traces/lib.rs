//! An endpoint that calls another service, and the spans of its host in OpenTelemetry.

mod telemetry;
mod stock;

pub use telemetry::{layer, provider, taking_part};
