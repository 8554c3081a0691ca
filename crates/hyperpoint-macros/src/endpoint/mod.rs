//! `#[derive(Endpoint)]`: the building of an endpoint, and its registration. And
//! `#[derive(FromServices)]`, the building alone.

mod parse;
mod expand;

pub(crate) use expand::endpoint as expand;
pub(crate) use parse::{endpoint as parse, processor as parse_processor};
