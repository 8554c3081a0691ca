//! Proxies of Debian in front of a host, by the configurations of the guide.

mod stage;
mod proxy;
mod client;
mod behind;
