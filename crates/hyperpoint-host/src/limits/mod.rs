//! Limits on the requests and event streams of each client. Token buckets use bounded memory.
//! Independent of routes.

mod client;
mod client_network;
mod quota;
mod table;
mod buckets;
mod rate;
mod streams;
mod endpoint_limits;
mod shared_limits;
mod accepted;
mod failed_authentications;

pub(crate) use endpoint_limits::{EndpointLimits, OverLimit};
pub(crate) use failed_authentications::FailedAuthentications;
pub(crate) use shared_limits::{LimitOwner, SharedLimits};
pub(crate) use streams::Permit;
