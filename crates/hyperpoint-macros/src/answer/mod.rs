//! `#[derive(Answer)]`, for an enum whose variants set the status of the response.

mod parse;
mod expand;

pub(crate) use expand::answer as expand;
pub(crate) use parse::answer as parse;
