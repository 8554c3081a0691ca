//! Whether a host is well: checks of the application, and the endpoints that tell.

mod checks;
mod live;
mod ready;

pub use checks::{Health, HealthChecks};
pub(crate) use live::Live;
pub(crate) use ready::Ready;
