//! Clients that see the bytes on the wire, and helpers for endpoints and hosts.
//!
//! Each wait has a deadline, so that a missing response fails the test instead of blocking it.

mod deadline;
mod dechunk;
mod head;
mod host;
pub(crate) mod h2;
pub(crate) mod memory;
pub(crate) mod raw;
pub(crate) mod frames;
mod probe;
mod scripted;

pub(crate) use deadline::{eventually, within};
pub(crate) use head::Head;
pub(crate) use host::{anonymous, start};
pub(crate) use probe::{Guard, Probe};
pub(crate) use scripted::{Scripted, scripted};
