//! What a host says before the first request: every mistake at once, each with its place.

mod routed;
mod routes;
mod requests;
mod needs;
mod access;
mod options;
mod groups;
mod registry;
mod everything;
mod address;
mod listening;
