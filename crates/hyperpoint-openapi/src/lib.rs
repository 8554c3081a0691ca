//! The OpenAPI document of an application, with its event streams, and a page that shows them live.
//!
//! The document is generated from the configuration and the types of endpoints. `configure` adds
//! facts that only the handler knows, with the methods of [`Describe`]. [`ServeOpenApi`] serves the
//! document; [`DescribeApplication`] returns it without running the application.
//!
//! This crate reads the contract of an application: its endpoints with their configuration and
//! types. It handles no requests except those for the document and the page.

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
mod call;
mod config_errors;
mod text;
mod differences;
mod document;
mod page;
mod served;
mod host;

pub use api::OpenApi;
#[doc(hidden)]
pub use call::{DescribedCall, DescribedHeader, described_calls};
pub use describe::Describe;
pub use document::OpenApiDocument;
pub use host::{DescribeApplication, ServeOpenApi};
pub use operation_head::OperationHead;
