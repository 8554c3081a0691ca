//! The routes of the endpoints of an application, by type.

use std::any::{TypeId, type_name};
use std::collections::HashMap;

use http::Method;
use serde::Serialize;

use super::endpoint::Endpoint;
use super::registration::Registration;
use crate::bind::{InvalidOutgoing, Outgoing};
use crate::config::GroupConfig;
use crate::route::RouteTemplate;

/// The methods and full route templates of each endpoint of an application.
#[derive(Clone, Debug, Default)]
pub struct EndpointRoutes(HashMap<TypeId, Vec<(Method, RouteTemplate)>>);

impl EndpointRoutes {
    /// Collects the routes of these endpoints on a host with these defaults. Skips invalid routes,
    /// which are configuration errors.
    #[must_use]
    pub fn new(registrations: &[Registration], host: &GroupConfig) -> Self {
        let routes = registrations.iter().map(|registration| {
            let config = registration.config_within(host);
            let routes = config.method_routes().into_iter();
            let parsed = routes
                .filter_map(|(method, route)| Some((method, RouteTemplate::parse(route).ok()?)));
            (registration.type_id(), parsed.collect())
        });
        Self(routes.collect())
    }

    /// Returns the methods and routes of `E` in the order of its configuration, or an empty slice
    /// if the application does not have `E`.
    #[must_use]
    pub fn of<E: Endpoint>(&self) -> &[(Method, RouteTemplate)] {
        self.0.get(&TypeId::of::<E>()).map(Vec::as_slice).unwrap_or_default()
    }

    /// Builds a request to `E` that binds to this value. Uses the first route of `E` for which the
    /// request can be built; the value must have a field for each parameter of that route.
    ///
    /// # Errors
    ///
    /// [`InvalidOutgoing`] if the request cannot be built for any route, with the error of the
    /// first route, or if the application has no route of `E`.
    pub fn call<E: Endpoint>(
        &self,
        value: &(impl Serialize + ?Sized),
    ) -> Result<(Method, Outgoing), InvalidOutgoing> {
        let mut first_error = None;
        for (method, route) in self.of::<E>() {
            match Outgoing::new(method, route, value) {
                Ok(outgoing) => return Ok((method.clone(), outgoing)),
                Err(error) => first_error = first_error.or(Some(error)),
            }
        }
        Err(first_error.unwrap_or_else(|| InvalidOutgoing::no_route(type_name::<E>())))
    }
}
