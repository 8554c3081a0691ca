//! The routes of the endpoints that other endpoints link to.

use std::any::TypeId;
use std::collections::HashMap;

use http::Method;

use crate::route::RouteTemplate;

/// A map from the type of each endpoint that other endpoints link to, to its method and route.
#[derive(Debug, Default)]
pub struct LinkTable(HashMap<TypeId, (Method, RouteTemplate)>);

impl LinkTable {
    /// Adds a route of an endpoint that another endpoint links to. If the endpoint has several
    /// routes, the table keeps the first GET route, because clients follow links with GET, or the
    /// first route if none is a GET route.
    pub fn note(&mut self, endpoint: TypeId, method: &Method, route: &RouteTemplate) {
        let kept = self.0.entry(endpoint).or_insert_with(|| (method.clone(), route.clone()));
        if kept.0 != Method::GET && method == Method::GET {
            *kept = (method.clone(), route.clone());
        }
    }

    /// Returns the method and the route for links to this endpoint, or `None` if it is not in
    /// the table.
    pub(crate) fn route(&self, endpoint: TypeId) -> Option<&(Method, RouteTemplate)> {
        self.0.get(&endpoint)
    }
}
