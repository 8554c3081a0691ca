//! Tokens that come in the query leave it before anybody sees them.

use http::{Request, request};
use hyperpoint_core::QueryToken;

use crate::routing::{Route, RouteTable};

/// Takes a token out of the query where an endpoint of this path allows one there, so that neither
/// a layer nor a handler finds it in the URI. Also where the method is not the endpoint's, as in
/// a preflight: a log would keep it all the same.
pub(super) fn take_query_token<B>(routes: &RouteTable, request: &mut Request<B>) {
    if request.uri().query().is_none() {
        return;
    }
    let fields = routes.query_tokens(request.uri().path());
    let mut uri = request.uri().clone();
    for field in fields {
        if let Some(token) = QueryToken::take(&mut uri, field) {
            *request.uri_mut() = uri.clone();
            request.extensions_mut().insert(token);
        }
    }
}

/// Forgets a token that came in a field which this endpoint does not allow, though another of its
/// path does.
pub(super) fn keep_own_query_token(route: &Route, parts: &mut request::Parts) {
    let token = parts.extensions.get::<QueryToken>();
    if token.is_some_and(|token| route.access.query_token.as_deref() != Some(token.field())) {
        parts.extensions.remove::<QueryToken>();
    }
}
