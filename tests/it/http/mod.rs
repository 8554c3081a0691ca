//! HTTP as a client sees it: in memory if no socket matters, over sockets if one does.
#![expect(clippy::panic, reason = "handlers and schemes panic here to show what it costs")]

mod ask;
mod endpoints;
mod talk;

mod routing;
mod binding;
mod answers;
mod security;
mod pipeline;
mod protocol;
mod lifecycle;

pub(crate) use ask::{ask, get, masked};
pub(crate) use endpoints::endpoint;
pub(crate) use talk::{answer, talk, written};
