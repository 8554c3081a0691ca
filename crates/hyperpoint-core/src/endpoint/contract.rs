//! The description of an endpoint that follows from its types, for generated documents.

use std::any::TypeId;
use std::fmt;

use schemars::{Schema, SchemaGenerator};

use super::endpoint::Endpoint;
use super::streamed_events::StreamedEvents;
use crate::answer::{Answer, PossibleAnswer};
use crate::bind::FromRequest;
use crate::services::FromServices;

/// The description of an endpoint that follows from its types: its doc comment, its request type
/// and its responses. Needs the feature `contract`.
#[derive(Clone, Copy)]
#[non_exhaustive]
pub struct TypeContract {
    /// The doc comment of the endpoint's type, or `None` if the type has none.
    pub docs: Option<&'static str>,
    /// Returns whether the request type is `()`.
    pub is_without_request: fn() -> bool,
    /// Returns the JSON Schema of the request type; for `Raw`, of the type of its `fields`. `None`
    /// for `()`, and for other types that implement `FromRequest` themselves.
    pub request: fn(&mut SchemaGenerator) -> Option<Schema>,
    /// The media type of the body if the request type receives the body unparsed, otherwise `None`.
    pub media_type: Option<&'static str>,
    /// Returns the possible responses, except for event streams. Empty if every response is an
    /// event stream.
    pub answers: fn() -> Vec<PossibleAnswer>,
    type_id: fn() -> TypeId,
}

impl TypeContract {
    pub(super) const fn of<E: Endpoint>() -> Self {
        Self {
            docs: <E as FromServices>::DOCS,
            is_without_request: || TypeId::of::<E::Request>() == TypeId::of::<()>(),
            request: E::Request::schema_within,
            media_type: E::Request::MEDIA_TYPE,
            answers: E::Response::possible_answers,
            type_id: TypeId::of::<E>,
        }
    }

    /// Returns the description of the events that the endpoint streams.
    pub fn events(&self, generator: &mut SchemaGenerator) -> StreamedEvents {
        StreamedEvents::of((self.type_id)(), generator).unwrap_or(StreamedEvents::Unknown)
    }
}

impl fmt::Debug for TypeContract {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TypeContract").field("docs", &self.docs).finish_non_exhaustive()
    }
}
