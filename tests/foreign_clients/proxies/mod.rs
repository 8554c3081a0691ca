//! The proxies packaged by Debian in front of a host, with the configurations of the guide.

mod proxied_host;
mod proxy;
mod client;
mod streaming;
