//! The registration of an endpoint, which a host reads before it builds the endpoint.

use std::any::{TypeId, type_name};
use std::fmt;
use std::sync::Arc;

use serde_json::Value;

use super::endpoint::Endpoint;
use super::erased_endpoint::ErasedEndpoint;
use super::processed::Processed;
use crate::answer::Answer;
use crate::bind::FromRequest;
use crate::config::{Config, GroupConfig};
use crate::processor::Processors;
use crate::services::{Declared, Resolver};

/// The description of an endpoint type before it is built: its name, source location and
/// properties, and functions that configure and build it.
#[derive(Clone, Copy)]
pub struct Registration {
    /// The source location of the endpoint's declaration.
    pub declared: Declared,
    /// Whether the response is always, sometimes or never an event stream.
    pub streams: Streams,
    /// Whether the request type leaves the body unread, for the handler to read.
    pub keeps_body: bool,
    /// Whether the request type receives the body unparsed, so that no field comes from the body.
    pub takes_body: bool,
    type_name: fn() -> &'static str,
    type_id: fn() -> TypeId,
    configure: fn(&mut Config),
    schema: fn() -> Option<Value>,
    events: fn() -> Option<TypeId>,
    build: fn(&mut Resolver<'_>, Processors) -> Option<Arc<dyn ErasedEndpoint>>,
    #[cfg(feature = "contract")]
    contract: super::contract::TypeContract,
}

/// Whether the response of an endpoint is always, sometimes or never an event stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Streams {
    /// The response is never an event stream.
    Never,
    /// The handler decides for each request whether to send an event stream.
    ByRequest,
    /// The response is always an event stream.
    Always,
}

inventory::collect!(Registration);

impl Registration {
    /// Creates the registration of `E`.
    #[must_use]
    pub const fn of<E: Endpoint>() -> Self {
        Self {
            declared: E::DECLARED,
            streams: match (E::Response::STREAMS, E::Response::IS_BY_REQUEST) {
                (false, _) => Streams::Never,
                (true, false) => Streams::Always,
                (true, true) => Streams::ByRequest,
            },
            keeps_body: E::Request::KEEPS_BODY,
            takes_body: E::Request::TAKES_BODY,
            type_name: type_name::<E>,
            type_id: TypeId::of::<E>,
            configure: E::configure,
            schema: E::Request::schema,
            events: E::Response::events,
            build: |resolver, processors| {
                let endpoint = Arc::new(E::from_services(resolver)?);
                // An endpoint without processors is called directly, without the cost of a wrapper.
                if processors.is_empty() {
                    return Some(endpoint);
                }
                Some(Arc::new(Processed { endpoint, processors }))
            },
            #[cfg(feature = "contract")]
            contract: super::contract::TypeContract::of::<E>(),
        }
    }

    /// Returns every registration of the linked crates, in no particular order.
    pub fn discovered() -> impl Iterator<Item = Self> {
        inventory::iter::<Self>.into_iter().copied()
    }

    /// Returns the full name of the endpoint's type.
    #[must_use]
    pub fn type_name(&self) -> &'static str {
        (self.type_name)()
    }

    /// Returns the id of the endpoint's type.
    #[must_use]
    pub fn type_id(&self) -> TypeId {
        (self.type_id)()
    }

    /// Returns the configuration of the endpoint on a host without defaults.
    #[must_use]
    pub fn config(&self) -> Config {
        self.config_within(&GroupConfig::default())
    }

    /// Returns the configuration of the endpoint on a host with these defaults. Its routes are full
    /// paths, with the prefixes of the host and the groups and with the version.
    #[must_use]
    pub fn config_within(&self, host: &GroupConfig) -> Config {
        let mut config = Config::default();
        (self.configure)(&mut config);
        config.within(host)
    }

    /// Returns the JSON Schema of the request type; for `Raw`, of the type of its `fields`. `None`
    /// for `()`, and for other types that implement `FromRequest` themselves.
    #[must_use]
    pub fn request_schema(&self) -> Option<Value> {
        (self.schema)()
    }

    /// Returns the type of the streamed events, or `None` if the response is never an event stream.
    #[must_use]
    pub fn events(&self) -> Option<TypeId> {
        (self.events)()
    }

    /// Returns the description of the endpoint that follows from its types, for generated
    /// documents.
    #[cfg(feature = "contract")]
    #[must_use]
    pub fn contract(&self) -> super::contract::TypeContract {
        self.contract
    }

    /// Builds the endpoint from services, with these processors around its handler. Returns `None`
    /// if a service is missing; the resolver records each missing service.
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
