//! What an operator sees of a host: spans, counts, health.

mod captured;
mod spans;
mod trace_context;
