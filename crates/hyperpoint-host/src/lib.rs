//! Serves Hyperpoint endpoints with hyper and tokio.
//!
//! A request passes through these modules in order, and its response in reverse order: [`server`]
//! accepts a connection, `connection` serves HTTP on it, [`app`] processes each request, and
//! `routing` finds the endpoint of the request.
//!
//! Endpoints and their requests are defined in `hyperpoint-core`, topics in `hyperpoint-topics`.
//! This crate makes a [`Topics`](hyperpoint_topics::Topics) service available to every host, counts
//! topic events, and streams topics from endpoints ([`SendTopic`]).

mod options;
mod forwarding;
mod error;
mod limits;
mod authorization;
mod routing;
mod telemetry;
mod upgrade_gate;
#[cfg(feature = "contract")]
mod contract;
pub mod app;
#[cfg(feature = "contract")]
mod contract_steps;
mod connection;
pub mod server;
mod health;
mod topic_stream;
mod unavailable;
mod management;
mod host;
mod host_refusals;
mod host_mounts;
mod host_proxies;
mod building;
#[cfg(feature = "contract")]
mod host_contract;
#[cfg(feature = "metrics")]
mod host_metrics;
#[cfg(feature = "tls")]
mod tls;
#[cfg(feature = "compression")]
mod compression;

pub use app::Application;
#[cfg(feature = "contract")]
#[doc(hidden)]
pub use app::{Gate, WeakApplication, admitted};
#[cfg(feature = "contract")]
pub use contract::{ConfiguredEndpoint, Contract, ListedScheme};
pub use error::HostError;
pub use health::{Health, HealthChecks};
pub use host::Host;
pub use options::ServerOptions;
pub use server::Running;
#[cfg(feature = "prometheus")]
pub use telemetry::Prometheus;
pub use telemetry::Traces;
#[cfg(feature = "tls")]
pub use tls::Tls;
pub use topic_stream::{SendTopic, TopicStream};
