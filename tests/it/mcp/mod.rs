//! Endpoints as tools of the Model Context Protocol.

mod message;
mod shop;

mod protocol;
mod listing;
mod calls;
mod streams;
mod access;
mod attacks;
mod topics;
mod config_errors;
mod many_tools;
mod sessions;
mod edges;
