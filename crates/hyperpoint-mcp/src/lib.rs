//! Serves the endpoints of an application as tools of the Model Context Protocol (MCP).
//!
//! An endpoint becomes a tool if its `configure` calls [`OfferTool::tool`]. [`ServeMcp::mcp`]
//! serves the tools of a host at one path, in the revisions 2026-07-28, 2025-11-25, 2025-06-18 and
//! 2025-03-26 of the protocol. A call runs the whole pipeline of its endpoint in the process,
//! without a socket: access checks, limits, processors, layers, validation and telemetry.
//!
//! With the feature `handler`, a `ServerHandler` of the crate `rmcp` answers the messages that are
//! not about endpoints, such as those for prompts, resources, and tools that ask the user.
//!
//! This crate implements the transport of the protocol and translates calls. It does not describe
//! operations: names and schemas are those of the OpenAPI document.

mod revision;
mod rpc;
mod json;
mod arguments;
mod request;
mod call_request;
mod message;
mod stated;
mod name_value;
mod essence;
mod words;
mod offer;
mod tool_name;
mod param_headers;
mod header_arguments;
mod tool;
mod tools;
mod call_result;
mod reply;
mod progress;
mod event_reader;
mod caller;
mod inner_request;
mod cancellation;
mod header_check;
mod protected_resource;
mod handwritten;
#[cfg(feature = "handler")]
mod rmcp_handler;
mod questions;
mod request_state;
mod coalescing;
mod pages;
mod topic_source;
mod topic_resource;
mod resources;
mod session;
mod sessions;
mod mcp;
mod server;
mod tool_call;
mod until_stop;
mod forwarding;
mod listing;
mod reading;
mod subscribing;
mod listening;
mod answering;
mod transport;
mod session_endpoints;
mod host;

pub use host::ServeMcp;
pub use mcp::Mcp;
pub use offer::{OfferTool, ToolSettings};
#[cfg(feature = "handler")]
pub use rmcp;
pub use topic_resource::TopicResource;
