//! HTTP as a client sees it: in memory where no socket matters, over sockets where one does.
#![expect(
    clippy::unwrap_used,
    reason = "a test that can't go on fails; the lint knows only test functions, not what they call"
)]

mod ask;
mod endpoints;
mod talk;
mod routing;
mod binding;
mod answers;
mod refusals;
mod security;
mod cors;
mod layers;
mod service;
mod connection;
mod http1;
mod http2;
mod heads;
mod bodies;
mod panics;
mod tasks;
mod drain;
mod signals;
