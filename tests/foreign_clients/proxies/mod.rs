//! Proxies of Debian in front of a host, by the configurations of the guide.

mod proxied_host;
mod proxy;
mod client;
mod streaming;
