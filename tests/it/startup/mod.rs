//! Checks of a host before the first request: every configuration error at once, each with its
//! position.

mod routed;
mod routes;
mod requests;
mod reserved_events;
mod needs;
mod access;
mod options;
mod groups;
mod registry;
mod everything;
mod address;
mod listening;
