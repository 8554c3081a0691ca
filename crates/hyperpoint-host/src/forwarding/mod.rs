//! The client's address behind proxies, taken from the headers of trusted proxies only. Knows no
//! routes and no connection.

mod network;
mod trusted_proxies;

pub(crate) use trusted_proxies::{ForwardedBy, TrustedProxies};
