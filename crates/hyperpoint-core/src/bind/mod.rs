//! Binding: a request becomes the endpoint's request type.
//!
//! Every field has one source, fixed at start-up from the schema: a field named in the route
//! template comes from the route; any other from the query on GET, HEAD and DELETE, and from the
//! JSON body elsewhere. No source overrides another.

pub mod from;
mod schema;
mod plan_for;
mod mistakes;
mod plan;
mod header_parameters;
mod charset;
mod content_coding;
mod body_format;
mod text;
mod cookies;
mod value;
mod values;
mod object;
mod read;
mod culprit;
mod fault;
mod from_request;
mod raw;
#[cfg(feature = "multipart")]
mod multipart;
mod outgoing;

pub use from_request::{FromRequest, Incoming};
#[cfg(feature = "multipart")]
pub use multipart::{Multipart, Part};
pub use outgoing::{InvalidOutgoing, Outgoing};
pub use plan::BindingPlan;
pub use plan_for::PlanFor;
pub use raw::{FromBody, Raw};
