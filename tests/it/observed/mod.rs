//! What an operator sees of a host: spans, counts, health.

pub(crate) mod captured;
mod counts;
mod health;
mod revocation;
mod routes;
mod spans;
mod trace_context;
