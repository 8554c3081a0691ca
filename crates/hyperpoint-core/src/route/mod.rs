//! Route templates and the normal form of paths. Knows no endpoint.

mod normal_path;
mod template;

pub use normal_path::normal_path;
pub use template::{InvalidRouteTemplate, RouteTemplate};
