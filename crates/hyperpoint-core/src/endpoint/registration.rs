//! The registration of an endpoint: what a host finds, before anything is built.

use std::any::{TypeId, type_name};
use std::fmt;
use std::sync::Arc;

use serde_json::Value;

use super::call::ErasedEndpoint;
use super::endpoint::Endpoint;
use super::processed::Processed;
use crate::answer::Answer;
use crate::bind::FromRequest;
use crate::config::{Config, GroupConfig};
use crate::processor::Processors;
use crate::services::{Declared, Resolver};

/// An endpoint before it is built: its type's name and place, and the ways to ask and to build it.
#[derive(Clone, Copy)]
pub struct Registration {
    /// Where the endpoint is declared.
    pub declared: Declared,
    /// Whether it answers with an event stream.
    pub streams: bool,
    /// Whether its request type keeps the body, to be read by the handler.
    pub keeps_body: bool,
    /// Whether its request type takes the body as it is.
    pub takes_body: bool,
    type_name: fn() -> &'static str,
    type_id: fn() -> TypeId,
    configure: fn(&mut Config),
    schema: fn() -> Option<Value>,
    build: fn(&mut Resolver<'_>, Processors) -> Option<Arc<dyn ErasedEndpoint>>,
}

inventory::collect!(Registration);

impl Registration {
    /// The registration of `E`.
    #[must_use]
    pub const fn of<E: Endpoint>() -> Self {
        Self {
            declared: E::DECLARED,
            streams: E::Response::STREAMS,
            keeps_body: E::Request::KEEPS_BODY,
            takes_body: E::Request::TAKES_BODY,
            type_name: type_name::<E>,
            type_id: TypeId::of::<E>,
            configure: E::configure,
            schema: E::Request::schema,
            build: |resolver, processors| {
                let endpoint = Arc::new(E::from_services(resolver)?);
                // Without processors there is nothing to pay for.
                if processors.is_empty() {
                    return Some(endpoint);
                }
                Some(Arc::new(Processed { endpoint, processors }))
            },
        }
    }

    /// Every registration in the crates that are linked, in no order.
    pub fn discovered() -> impl Iterator<Item = Self> {
        inventory::iter::<Self>.into_iter().copied()
    }

    /// The full name of the endpoint's type.
    #[must_use]
    pub fn type_name(&self) -> &'static str {
        (self.type_name)()
    }

    /// The endpoint's type.
    #[must_use]
    pub fn type_id(&self) -> TypeId {
        (self.type_id)()
    }

    /// What holds for the endpoint on a host without defaults of its own.
    #[must_use]
    pub fn config(&self) -> Config {
        self.config_within(&GroupConfig::default())
    }

    /// What holds for the endpoint on a host with these defaults: its routes are whole paths, with
    /// the prefixes of host and groups, and with its version.
    #[must_use]
    pub fn config_within(&self, host: &GroupConfig) -> Config {
        let mut config = Config::default();
        (self.configure)(&mut config);
        config.within(host)
    }

    /// The schema of its request type; none for `()`, and for a type that reads requests itself.
    #[must_use]
    pub fn request_schema(&self) -> Option<Value> {
        (self.schema)()
    }

    /// The endpoint, built from services, with these processors around its handler; nothing where a
    /// service is missing, which the resolver notes.
    #[must_use]
    pub fn build(
        &self,
        resolver: &mut Resolver<'_>,
        processors: Processors,
    ) -> Option<Arc<dyn ErasedEndpoint>> {
        (self.build)(resolver, processors)
    }
}

impl fmt::Debug for Registration {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Registration")
            .field("type", &self.type_name())
            .field("declared", &self.declared)
            .finish_non_exhaustive()
    }
}
