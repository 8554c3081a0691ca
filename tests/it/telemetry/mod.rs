//! Telemetry: spans, metrics, health and the route listing.

pub(crate) mod captured;
mod metrics;
mod health;
mod revocation;
mod routes;
mod spans;
mod trace_context;
