//! What a host says before the first request: every mistake at once, each with its place.
#![expect(
    clippy::unwrap_used,
    reason = "a test that can't go on fails; the lint knows only test functions, not what they call"
)]

mod routes;
mod needs;
mod registry;
mod address;
