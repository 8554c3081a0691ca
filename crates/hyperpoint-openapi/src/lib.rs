//! The OpenAPI document of an application, with its event streams, and a page that reads them live.
//!
//! The document is written from what endpoints configure and what their types say. What only the handler
//! knows, `configure` states by the words of [`Describe`]. [`ServeOpenApi`] serves the document;
//! [`DescribeApplication`] returns it without running anything.
//!
//! This crate reads the contract of an application. It knows no request, but for those of its document.

mod dialect;
mod words;
mod describe;
mod operation_head;
mod api;
mod rewriting;
mod components;
mod conformity;
mod ids;
mod parameters;
mod body;
mod refusals;
mod events;
mod answers;
mod security;
mod operation;
mod config_errors;
mod text;
mod differences;
mod document;
mod page;
mod served;
mod host;

pub use api::OpenApi;
pub use describe::Describe;
pub use document::OpenApiDocument;
pub use host::{DescribeApplication, ServeOpenApi};
pub use operation_head::OperationHead;
