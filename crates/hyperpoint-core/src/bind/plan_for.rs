//! What a plan is made for: one route, and the request type on it.

use http::Method;
use serde_json::Value;

/// What a plan is made for.
#[derive(Clone, Copy, Debug)]
pub struct PlanFor<'a> {
    /// The method of the route.
    pub method: &'a Method,
    /// The names of its parameters, in order.
    pub params: &'a [String],
    /// The schema of the request type; none for `()`, and for a type that reads requests itself.
    pub schema: Option<&'a Value>,
    /// Whether the request type takes the body as it is, so that no field comes from it.
    pub takes_body: bool,
    /// Whether there may be no user, and so no claim.
    pub is_anonymous: bool,
}

impl PlanFor<'_> {
    /// Whether fields without a source of their own come from the query.
    pub(super) fn reads_query(&self) -> bool {
        const METHODS: [Method; 4] = [Method::GET, Method::HEAD, Method::DELETE, Method::TRACE];
        self.takes_body || METHODS.contains(self.method)
    }

    /// Whether what a client sends as a body means nothing on this method (RFC 9110 §9.3).
    pub(super) fn has_no_body(&self) -> bool {
        [Method::GET, Method::HEAD, Method::TRACE].contains(self.method)
    }
}
