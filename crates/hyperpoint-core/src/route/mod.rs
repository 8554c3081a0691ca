//! Route templates and path normalization.
//!
//! This module defines the syntax of templates and paths. It does not depend on endpoints.

mod normal_path;
mod constraint;
mod template;

pub use constraint::Constraint;
pub use normal_path::normal_path;
pub use template::{InvalidRouteTemplate, RouteTemplate};
