//! Whether a host is well: checks of the application, and the endpoints that tell.

#[expect(clippy::module_inception, reason = "a file is named for its main type")]
mod health;
mod live;
mod ready;

pub use health::{Health, HealthChecks};
pub(crate) use live::Live;
pub(crate) use ready::Ready;
