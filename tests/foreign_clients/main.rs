//! Tests with clients that others wrote: Chromium, driven over WebDriver, clients for Node, Python
//! and Rust, and curl.
//!
//! `cargo xtask setup` installs what they need; where it is not there they fail and say so.
#![expect(
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a step that fails ends its test there, also in the functions that tests share"
)]

mod missing;
mod webdriver;
mod page;
mod tls_relay;
#[path = "../shared/mod.rs"]
mod shared;

mod nats;
mod event_source;
mod fetch;
mod examples;
mod oracle;
mod clients;
mod deploys;
mod proxies;
