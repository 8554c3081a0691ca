//! `#[derive(Endpoint)]`, which builds an endpoint from services and registers it, and
//! `#[derive(FromServices)]`, which builds a processor from services.

mod parse;
mod expand;

pub(crate) use expand::endpoint as expand;
pub(crate) use parse::{endpoint as parse, processor as parse_processor};
