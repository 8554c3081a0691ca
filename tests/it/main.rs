//! Wire-level tests through the public interface: one binary, with a module for each subject.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a failing step ends its test")]
#![expect(clippy::excessive_nesting, reason = "a handler is a closure within its test")]

mod wire;
#[path = "../shared/mod.rs"]
mod shared;
#[path = "../everything/mod.rs"]
mod everything;

mod fuzzed;
mod http;
mod openapi;
mod mcp;
mod limits;
mod abuse;
mod sse;
mod startup;
mod topics;
mod telemetry;
mod guide;
