//! The processing of one request, from its head to the head of its response.
//!
//! `pipeline` contains the steps in order: find, check the host and the origin, limit,
//! authenticate, authorize, and then bind, validate and handle. The crate `hyperpoint-core`
//! implements the last three, because it knows the endpoint's type. Independent of sockets.

mod query_token;
mod renewal;
mod private;
mod revoked;
mod accept;
#[expect(clippy::module_inception, reason = "a file is named for its main type")]
mod app;
mod responding;
mod layering;
mod with_telemetry;
mod limited_body;
mod mounted;
mod opening;
mod pipeline;
mod application;
#[cfg(feature = "contract")]
mod weak_application;
#[cfg(feature = "contract")]
mod gate;

pub(crate) use app::App;
pub use application::Application;
#[cfg(feature = "contract")]
pub use gate::{Gate, admitted};
pub(crate) use pipeline::innermost;
pub(crate) use responding::Responding;
#[cfg(feature = "contract")]
pub use weak_application::WeakApplication;
