//! The protocols: HTTP/1.1 and HTTP/2 as bytes, connections, and the sockets that a host serves.

mod connection;
mod http1;
mod http2;
mod rfc_sections;
mod invalid_heads;
mod sockets;
mod upgrades;
