//! Binding: builds a value of an endpoint's request type from a request.
//!
//! This module contains the sources of fields, the body formats, the errors of binding, and the
//! inverse conversion of a value to a request. It does not depend on endpoints or responses.
//!
//! Each field has exactly one source, fixed at start-up from the JSON Schema of the request type: a
//! field that the route template names comes from the route; a field with a [`from`] type comes
//! from the source of that type; any other field comes from the query on GET, HEAD, DELETE and
//! TRACE and in a [`Raw`] request, and from the body otherwise. No source overrides another.

pub mod from;
#[cfg(feature = "multipart")]
mod file;
mod schema;
mod shapes;
mod plan_for;
mod configuration_errors;
mod plan;
mod field_sources;
mod header_parameters;
mod charset;
mod content_coding;
mod body_format;
mod text_values;
mod text_deserializer;
mod text;
mod parts;
mod cookies;
mod value;
mod values;
mod object;
mod read;
mod client_text;
mod culprit;
mod fault;
mod from_body;
#[cfg(feature = "multipart")]
mod multipart;
mod from_request;
mod raw;
mod outgoing;

pub use field_sources::{FieldPlace, FieldSource};
pub use from_body::FromBody;
pub use from_request::{FromRequest, Incoming};
#[cfg(feature = "multipart")]
pub use multipart::{Multipart, Part};
pub use outgoing::{InvalidOutgoing, Outgoing};
pub use plan::BindingPlan;
pub use plan_for::PlanFor;
pub use raw::Raw;
