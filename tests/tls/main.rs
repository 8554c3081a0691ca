//! TLS and what comes with it, through the public face.
#![expect(clippy::unwrap_used, reason = "a client that can't go on fails its test")]

mod pairs;
mod client;

mod protocols;
mod names;
mod renewal;
mod handshakes;
mod mistakes;
