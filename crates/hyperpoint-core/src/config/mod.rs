//! What an endpoint says of itself before anything is built: routes, access, limits, words.

mod cors;
mod endpoint_config;
mod normal_path;
mod template;

pub use cors::{Cors, Origins};
pub use endpoint_config::Config;
pub use normal_path::normal_path;
pub use template::{InvalidRouteTemplate, RouteTemplate};
