//! The configuration of endpoints, groups and hosts: routes, access, limits, versions and
//! documentation. An endpoint inherits configuration from its groups and its host.
//!
//! An application sets the configuration, which is checked when the host is built. This module does
//! not depend on a running host.

mod cors;
mod name_pattern;
mod allowed_names;
mod requirement;
mod access;
mod version;
mod limits;
mod deprecation;
mod layer;
mod values;
mod settings;
mod access_methods;
mod limit_methods;
mod refusal_methods;
mod stream_methods;
mod group;
mod group_error;
mod endpoint_config;
mod resolve;

pub use access::Access;
pub use allowed_names::{AllowedNames, LOOPBACK_HOSTS, LOOPBACK_ORIGINS};
pub use cors::{Cors, Origins};
pub use deprecation::Deprecation;
pub use endpoint_config::Config;
pub use group::{Group, GroupConfig};
pub use group_error::GroupError;
pub use layer::{AnyLayer, EndpointLayer, Layered};
pub use limits::{LimitScope, RateKey, RateLimit, StreamLimit};
pub use requirement::Requirement;
pub use settings::Settings;
