//! Who a client is behind proxies: what trusted ones say, and nobody else.

mod network;
mod trusted_proxies;

pub(crate) use trusted_proxies::{ForwardedBy, TrustedProxies};
