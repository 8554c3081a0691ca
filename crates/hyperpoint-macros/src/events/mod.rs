//! `#[derive(Events)]`, for an enum whose variants are events.

mod case;
mod serde_attributes;
mod attributes;
mod parse;
mod expand;

pub(crate) use expand::events as expand;
pub(crate) use parse::events as parse;
