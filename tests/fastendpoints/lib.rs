//! The test application of FastEndpoints (commit 5752a7a), written with Hyperpoint: one file for each
//! endpoint. `tests/replay` replays what FastEndpoints answered.

mod error_format;
mod permissions;
mod mail;
mod signing;

mod admin;
mod binding;
mod customers;
mod inventory;
mod limits;
mod processors;
mod routing;
mod sales;
mod security;
mod tokens;
mod uploads;

mod application;

pub use application::application;
