//! The endpoint: the trait that users implement, what its handler gets, and how a host finds and
//! calls it without knowing its type.

#[expect(clippy::module_inception, reason = "a file is named for its main type")]
mod endpoint;
mod call;
mod afterwards;
mod processed;
mod registration;
mod endpoint_routes;

pub use call::{Call, ErasedEndpoint};
pub use endpoint::{Cx, Endpoint, Result};
pub use endpoint_routes::EndpointRoutes;
pub use registration::Registration;
