//! TLS, through the public interface.
#![expect(clippy::unwrap_used, reason = "a failing step ends its test")]

mod pairs;
mod client;

mod protocols;
mod names;
mod renewal;
mod handshakes;
mod config_errors;
mod upgrades;
mod streams;
