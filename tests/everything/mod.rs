//! An application that has everything that a contract can describe, for tests of its OpenAPI document.

mod endpoint;
mod second;
mod parameters;
mod bodies;
mod responses;
mod streams;
mod host;

pub(crate) use host::{KEY, everything};
