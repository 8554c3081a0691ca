//! HTTP as a client sees it: in memory where no socket matters, over sockets where one does.
#![expect(clippy::panic, reason = "handlers and schemes panic here to show what it costs")]

mod ask;
mod endpoints;
mod talk;
mod routing;
mod binding;
mod binding_sources;
mod binding_claims;
mod binding_forms;
mod answers;
mod links;
mod alternatives;
mod compression;
mod files;
mod ranges;
mod conditional;
mod byte_streams;
mod refusals;
mod security;
mod security_access;
mod security_api_key;
mod security_jwt;
mod security_session;
mod security_ticket;
mod cors;
mod groups;
mod layers;
mod processors;
mod rate_limits;
mod versions;
mod service;
mod connection;
mod http1;
mod http2;
mod heads;
mod bodies;
mod panics;
mod tasks;
mod drain;
mod signals;
mod sockets;

pub(crate) use ask::{ask, masked};
pub(crate) use endpoints::endpoint;
pub(crate) use talk::{answer, talk};
