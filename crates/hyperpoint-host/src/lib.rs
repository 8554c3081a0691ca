//! Serves Hyperpoint endpoints with hyper and tokio.
//!
//! A request goes through the folders from the bottom of this list to the top and back:
//! [`server`] accepts a socket, `connection` speaks HTTP on it, [`app`] answers one request, and
//! `routing` finds its endpoint. This crate knows no topics; what an endpoint is and does with a
//! request stands in `hyperpoint-core`.

mod options;
mod forwarding;
mod error;
mod limits;
mod routing;
mod observing;
pub mod app;
mod connection;
pub mod server;
mod health;
mod host;
mod building;
#[cfg(feature = "metrics")]
mod metering;
#[cfg(feature = "tls")]
mod tls;
#[cfg(feature = "compression")]
mod compression;

pub use app::Application;
pub use error::HostError;
pub use health::{Health, HealthChecks};
pub use host::Host;
#[cfg(feature = "prometheus")]
pub use metering::Prometheus;
pub use observing::Traces;
pub use options::ServerOptions;
pub use server::Running;
#[cfg(feature = "tls")]
pub use tls::Tls;
