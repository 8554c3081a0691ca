//! What an endpoint says of itself before anything is built: routes, access, limits, words.

mod cors;
mod requirement;
mod access;
mod endpoint_config;
mod access_methods;
mod normal_path;
mod template;

pub use access::Access;
pub use cors::{Cors, Origins};
pub use endpoint_config::Config;
pub use normal_path::normal_path;
pub use requirement::Requirement;
pub use template::{InvalidRouteTemplate, RouteTemplate};
