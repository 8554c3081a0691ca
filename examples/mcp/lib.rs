//! A server with the features that the conformance suites of the Model Context Protocol test.

mod endpoints;
mod handler;
mod application;

pub use application::application;
