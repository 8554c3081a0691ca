//! Wire-level tests through the public face: one binary, a module for each subject.
#![expect(
    clippy::unwrap_used,
    reason = "a client that can't go on fails its test"
)]

mod wire;

mod http;
mod sse;
mod startup;
