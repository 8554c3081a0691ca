//! Tests with third-party clients: Chromium, driven over WebDriver, Firefox, clients for Node,
//! Python and Rust, SDKs of language models and of MCP, curl, proxies, and servers of NATS and
//! Postgres.
//!
//! `cargo xtask setup` installs what they need; without it they fail with the command to run.
#![expect(
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a failing step ends its test, also in functions that tests share"
)]

mod missing;
mod programs;
mod cases;
mod webdriver;
mod page;
mod tls_relay;
#[path = "../shared/mod.rs"]
mod shared;
#[path = "../everything/mod.rs"]
mod everything;

mod nats;
mod postgres;
mod event_source;
mod fetch;
mod examples;
mod contract;
mod oracle;
mod clients;
mod deploys;
mod proxies;
mod sdks;
mod mcp;
