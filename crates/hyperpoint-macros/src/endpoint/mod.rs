//! `#[derive(Endpoint)]`: the building of an endpoint, and its registration.

mod parse;
mod expand;

pub(crate) use expand::endpoint as expand;
pub(crate) use parse::endpoint as parse;
