//! The endpoints: a page with htmx, a page with Datastar, their streams and their votes.

mod scripts;
mod start;
mod htmx;
mod datastar;

pub use datastar::{DatastarCounts, DatastarPage, DatastarVote};
pub use htmx::{HtmxCounts, HtmxPage, HtmxVote, Vote};
pub use scripts::{GetScript, Scripts};
