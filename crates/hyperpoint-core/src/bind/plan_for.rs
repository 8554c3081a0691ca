//! `PlanFor`: the input of `BindingPlan::new`.

use http::Method;
use serde_json::Value;

/// The input of `BindingPlan::new`: a route and its request type.
#[derive(Clone, Copy, Debug)]
pub struct PlanFor<'a> {
    /// The method of the route.
    pub method: &'a Method,
    /// The names of the route parameters, in the order of the template.
    pub params: &'a [String],
    /// The JSON Schema of the request type, or `None` for `()` and for types with their own
    /// implementation of `FromRequest`.
    pub schema: Option<&'a Value>,
    /// Whether the request type takes the body unparsed, so that no field comes from the body.
    pub takes_body: bool,
    /// Whether the endpoint admits anonymous callers, who have no claims.
    pub is_anonymous: bool,
}

impl PlanFor<'_> {
    /// Returns whether the fields that are neither route parameters nor of a [`from`](super::from)
    /// type come from the query.
    pub(super) fn reads_query(&self) -> bool {
        const METHODS: [Method; 4] = [Method::GET, Method::HEAD, Method::DELETE, Method::TRACE];
        self.takes_body || METHODS.contains(self.method)
    }

    /// Returns whether the method is GET, HEAD or TRACE, so that no field may come from the body
    /// (RFC 9110 §9.3). A field of a DELETE request may come from the body.
    pub(super) fn has_no_body(&self) -> bool {
        [Method::GET, Method::HEAD, Method::TRACE].contains(self.method)
    }
}
