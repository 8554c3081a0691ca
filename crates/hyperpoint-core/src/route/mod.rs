//! Route templates and path normalization.
//!
//! This module owns the syntax of templates and paths. It knows no endpoint.

mod normal_path;
mod template;

pub use normal_path::normal_path;
pub use template::{InvalidRouteTemplate, RouteTemplate};
