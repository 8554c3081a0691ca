//! Removal of tokens from the query before any layer or handler sees the URI.

use http::{Request, request};
use hyperpoint_core::QueryToken;

use crate::authorization::Admission;
use crate::routing::RouteTable;

/// Moves a token from the query to the request's extensions if an endpoint or a mounted service on
/// this path allows one, so that no layer or handler can log it with the URI. Applies to all
/// methods, including OPTIONS: the URI of a preflight may be logged, too.
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

/// Drops a token from a query field that this endpoint does not allow, but another endpoint on the
/// same path does.
pub(super) fn keep_own_query_token(access: &Admission, parts: &mut request::Parts) {
    let token = parts.extensions.get::<QueryToken>();
    if token.is_some_and(|token| access.query_token.as_deref() != Some(token.field())) {
        parts.extensions.remove::<QueryToken>();
    }
}
