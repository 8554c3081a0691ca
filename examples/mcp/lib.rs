//! The server that the conformance suites of the Model Context Protocol ask for.

mod endpoints;
mod handler;
mod application;

pub use application::application;
