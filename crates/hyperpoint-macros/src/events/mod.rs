//! `#[derive(Events)]`: the names of the events that an enum is.

mod case;
mod serde_attributes;
mod attributes;
mod parse;
mod expand;

pub(crate) use expand::events as expand;
pub(crate) use parse::events as parse;
