//! The client's address behind proxies, taken from the headers of trusted proxies only. Independent
//! of routes and connections.

mod network;
mod trusted_proxies;

pub(crate) use trusted_proxies::{ForwardedBy, TrustedProxies};
