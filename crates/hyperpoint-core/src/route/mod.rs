//! Route templates and path normalization.
//!
//! This module owns the syntax of templates and paths. It knows no endpoint.

mod normal_path;
mod constraint;
mod template;

pub use constraint::Constraint;
pub use normal_path::normal_path;
pub use template::{InvalidRouteTemplate, RouteTemplate};
