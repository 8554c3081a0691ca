//! CORS rules as a layer of tower-http, and the value of `Allow`.

use http::{HeaderValue, Method};
use hyperpoint_core::config::{Cors, Origins};
use tower_http::cors::{
    AllowCredentials, AllowHeaders, AllowMethods, AllowOrigin, CorsLayer, ExposeHeaders,
};

/// Returns the CORS layer for these rules. Its preflight responses allow `methods`. Browsers cache
/// the allowed methods for the URL (WHATWG Fetch, "CORS-preflight cache"), so never pass a method
/// to which other rules apply.
pub(crate) fn layer(rules: &Cors, methods: &[Method]) -> CorsLayer {
    let (origin, credentials) = match rules.origins() {
        // Credentials with any origin are a configuration error.
        Origins::Any => (AllowOrigin::any(), AllowCredentials::default()),
        Origins::List(origins) => {
            (AllowOrigin::list(origins.iter().cloned()), credentials(rules, origins.clone()))
        }
    };
    CorsLayer::new()
        .allow_origin(origin)
        .allow_credentials(credentials)
        .allow_methods(AllowMethods::list(methods.iter().cloned()))
        .allow_headers(AllowHeaders::list(rules.request_headers().iter().cloned()))
        .expose_headers(ExposeHeaders::list(rules.exposed_headers().iter().cloned()))
        .max_age(rules.preflight_age())
}

/// Returns the rule that allows credentials for requests from these origins, and sends no
/// credentials header to others. If the CORS rules do not allow credentials, returns the rule that
/// allows none.
fn credentials(rules: &Cors, origins: Vec<HeaderValue>) -> AllowCredentials {
    match rules.has_credentials() {
        true => AllowCredentials::predicate(move |origin, _| origins.contains(origin)),
        false => AllowCredentials::default(),
    }
}

/// Returns the value of the `Allow` header for these methods.
pub(super) fn allow(methods: &[Method]) -> HeaderValue {
    let list = methods.iter().map(Method::as_str).collect::<Vec<_>>().join(", ");
    HeaderValue::try_from(list).unwrap_or_else(|_| HeaderValue::from_static("OPTIONS"))
}
