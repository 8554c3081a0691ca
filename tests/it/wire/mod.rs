//! Clients that see what is on the wire, and short ways to an endpoint and a host to ask.
//!
//! Each wait has a deadline, so that a missing answer is a failed test and not a hung one.

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
