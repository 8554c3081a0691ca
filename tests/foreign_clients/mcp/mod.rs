//! The ground of MCP: an endpoint that answers as its streamable HTTP does, read by the clients of npm
//! and PyPI. A POST is answered with JSON or with events; events have ids by which a client resumes them
//! with a GET; the messages are events of a topic.
//!
//! And `hyperpoint-mcp`: endpoints as tools, for the same clients and newer ones, and for the conformance suites.

mod message;
mod sessions;
mod counting;
mod post;
mod listen;

mod clients;
mod conformance;
mod tools;
mod tool_clients;
mod two_nodes;
