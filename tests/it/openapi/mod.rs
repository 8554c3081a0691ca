//! The OpenAPI document of an application, how it is served, and the errors in what is said about it.

mod document;
mod error_events;
mod served;
mod beside_endpoints;
mod several;
mod words;
mod unusual;
mod config_errors;
