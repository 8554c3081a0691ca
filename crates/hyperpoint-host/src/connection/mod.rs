//! HTTP on one socket: the protocol, hyper's connection, event streams that are sent without hyper,
//! and the deadlines that hyper lacks. Independent of routes and listeners.

mod mark;
mod head_progress;
mod connection_options;
mod activity;
mod bare_refusal;
mod batch;
mod shared_socket;
mod head_watch;
mod clocked_io;
mod sniff;
mod host_header;
mod head_size;
mod transfer_coding;
mod departure;
mod counted_body;
mod response;
#[cfg(feature = "http2")]
mod stream_tasks;
mod gated_io;
mod with_deadlines;
mod upgradable;
mod lean;
mod http1;
#[cfg(feature = "http2")]
mod http2;
#[cfg(any(test, not(feature = "http2")))]
mod http2_refused;
mod serve;

pub(crate) use activity::{Activity, EvictionRank};
pub(crate) use connection_options::ConnectionOptions;
pub(crate) use serve::serve;
#[cfg(feature = "tls")]
pub(crate) use serve::{Protocol, serve_chosen};
pub(crate) use shared_socket::{Share, SharedSocket};
