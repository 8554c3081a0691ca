//! The example host as a user starts it, and its page as a user sees it.

mod process;
mod page;
mod secured;
mod ticker;
