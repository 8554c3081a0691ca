//! Health checks of the application, and the endpoints that report them.

mod checks;
mod live;
mod ready;

pub use checks::{Health, HealthChecks};
pub(crate) use live::Live;
pub(crate) use ready::Ready;
