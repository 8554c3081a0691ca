//! `derive(Answer)`: an enum whose variants carry their status.

mod parse;
mod expand;

pub(crate) use expand::answer as expand;
pub(crate) use parse::answer as parse;
