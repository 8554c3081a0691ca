//! Endpoints: the trait that users implement, the context of its handler, and the type-erased form
//! that a host calls.
//!
//! This module binds and validates requests and calls handlers. It neither matches requests to
//! routes nor uses sockets.

#[expect(clippy::module_inception, reason = "a file is named for its main type")]
mod endpoint;
mod call;
mod streaming;
mod erased_endpoint;
mod post_processing;
mod processed;
#[cfg(feature = "contract")]
mod streamed_events;
mod register_events;
#[cfg(feature = "contract")]
mod contract;
mod registration;
mod endpoint_routes;

pub use call::Call;
#[cfg(feature = "contract")]
pub use contract::TypeContract;
pub use endpoint::{Cx, Endpoint, Result};
pub use endpoint_routes::EndpointRoutes;
pub use erased_endpoint::ErasedEndpoint;
pub use registration::{Registration, Streams};
#[cfg(feature = "contract")]
pub use streamed_events::{
    AnyEvents, Probe, RegisteredEvents, StreamedEvents, TypedEvents, UntypedEvents,
};
