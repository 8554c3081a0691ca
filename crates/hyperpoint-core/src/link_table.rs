//! Where the endpoints are that others link to.

use std::any::TypeId;
use std::collections::HashMap;

use http::Method;

use crate::route::RouteTemplate;

/// The endpoints that others link to, each with the route that links to it have.
#[derive(Debug, Default)]
pub struct LinkTable(HashMap<TypeId, (Method, RouteTemplate)>);

impl LinkTable {
    /// Notes a route of an endpoint. Of several the first counts, but one of GET before others: that
    /// is what a client can follow.
    pub fn note(&mut self, endpoint: TypeId, method: &Method, route: &RouteTemplate) {
        let noted = self.0.entry(endpoint).or_insert_with(|| (method.clone(), route.clone()));
        if noted.0 != Method::GET && method == Method::GET {
            *noted = (method.clone(), route.clone());
        }
    }

    /// The route that links to this endpoint have.
    pub(crate) fn route(&self, endpoint: TypeId) -> Option<&(Method, RouteTemplate)> {
        self.0.get(&endpoint)
    }
}
