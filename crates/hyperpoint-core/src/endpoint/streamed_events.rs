//! The descriptions of the events that an endpoint streams, which follow from its types, for
//! generated documents.

use std::any::TypeId;
use std::fmt;
use std::marker::PhantomData;

use hyperpoint_sse::TypedEvent;
use schemars::{JsonSchema, Schema, SchemaGenerator};

use crate::answer::{Events, JsonOrEvents};
use crate::stream::event_schemas_within;

/// The description of the events that an endpoint streams, which follows from its types.
#[derive(Clone, Debug)]
pub enum StreamedEvents {
    /// Events of an enum with `#[derive(Events)]`.
    Named {
        /// The name of the enum in schemas.
        of: String,
        /// The name of each event, with the schema of its data.
        events: Vec<(String, Schema)>,
    },
    /// Events of one type, whose name the handler chooses. The value is the schema of their data.
    Unnamed(Schema),
    /// No events, events of a type without a schema (such as `StreamItem`), or events of a generic
    /// endpoint.
    Unknown,
}

impl StreamedEvents {
    /// Returns the events of an enum with `#[derive(Events)]`.
    pub fn named<E: TypedEvent + JsonSchema>(generator: &mut SchemaGenerator) -> Self {
        let schemas = event_schemas_within::<E>(generator).into_iter();
        let events = schemas.map(|(name, schema)| (name.as_str().to_owned(), schema)).collect();
        Self::Named { of: E::schema_name().into_owned(), events }
    }

    /// Returns the registered events of the endpoint with this type id, or `None` if they are not
    /// registered or unknown.
    pub(crate) fn of(endpoint: TypeId, generator: &mut SchemaGenerator) -> Option<Self> {
        let mut all = inventory::iter::<RegisteredEvents>.into_iter();
        let found = all.find(|events| (events.endpoint)() == endpoint)?;
        (found.events)(generator)
    }
}

/// The registration of the events of one endpoint, which `#[derive(Endpoint)]` generates.
#[derive(Clone, Copy)]
pub struct RegisteredEvents {
    /// Returns the id of the endpoint's type.
    pub endpoint: fn() -> TypeId,
    /// Returns the events, or `None` if they are unknown.
    pub events: fn(&mut SchemaGenerator) -> Option<StreamedEvents>,
}

inventory::collect!(RegisteredEvents);

impl fmt::Debug for RegisteredEvents {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RegisteredEvents").finish_non_exhaustive()
    }
}

/// A marker for a response type, for autoref specialization: calling `streamed` on `&&&&Probe<R>`
/// selects the first of [`TypedEvents`], [`UntypedEvents`] and [`AnyEvents`] that is implemented.
/// `Events<T>` only requires `T: 'static`, so this is how the compiler determines whether the data
/// has a schema.
#[derive(Debug)]
pub struct Probe<R>(PhantomData<fn() -> R>);

impl<R> Probe<R> {
    /// Creates the probe of a response type.
    #[must_use]
    pub const fn new() -> Self {
        Self(PhantomData)
    }
}

impl<R> Default for Probe<R> {
    fn default() -> Self {
        Self::new()
    }
}

/// Implemented for a response that streams events of an enum with `#[derive(Events)]`.
pub trait TypedEvents {
    /// Returns the events, or `None` if they are unknown.
    fn streamed(&self, generator: &mut SchemaGenerator) -> Option<StreamedEvents>;
}

impl<T: TypedEvent + JsonSchema> TypedEvents for &&&Probe<Events<T>> {
    fn streamed(&self, generator: &mut SchemaGenerator) -> Option<StreamedEvents> {
        Some(StreamedEvents::named::<T>(generator))
    }
}

impl<A, T: TypedEvent + JsonSchema> TypedEvents for &&&Probe<JsonOrEvents<A, T>> {
    fn streamed(&self, generator: &mut SchemaGenerator) -> Option<StreamedEvents> {
        Some(StreamedEvents::named::<T>(generator))
    }
}

/// Implemented for a response that streams events of one type with a schema.
pub trait UntypedEvents {
    /// Returns the events, or `None` if they are unknown.
    fn streamed(&self, generator: &mut SchemaGenerator) -> Option<StreamedEvents>;
}

impl<T: JsonSchema> UntypedEvents for &&Probe<Events<T>> {
    fn streamed(&self, generator: &mut SchemaGenerator) -> Option<StreamedEvents> {
        Some(StreamedEvents::Unnamed(generator.subschema_for::<T>()))
    }
}

impl<A, T: JsonSchema> UntypedEvents for &&Probe<JsonOrEvents<A, T>> {
    fn streamed(&self, generator: &mut SchemaGenerator) -> Option<StreamedEvents> {
        Some(StreamedEvents::Unnamed(generator.subschema_for::<T>()))
    }
}

/// Implemented for every response, as the fallback.
pub trait AnyEvents {
    /// Returns `None`: the events are unknown.
    fn streamed(&self, generator: &mut SchemaGenerator) -> Option<StreamedEvents>;
}

impl<R> AnyEvents for &Probe<R> {
    fn streamed(&self, _: &mut SchemaGenerator) -> Option<StreamedEvents> {
        None
    }
}
