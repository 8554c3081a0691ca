//! What an operator sees of a host: spans, counts, health.

pub(crate) mod captured;
mod metrics;
mod health;
mod revocation;
mod routes;
mod spans;
mod trace_context;
