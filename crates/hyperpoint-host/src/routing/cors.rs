//! An endpoint's cross-origin rules as a layer of tower-http.

use http::{HeaderValue, Method};
use hyperpoint_core::config::{Cors, Origins};
use tower_http::cors::{AllowHeaders, AllowMethods, AllowOrigin, CorsLayer, ExposeHeaders};

/// The layer for these rules, whose preflights allow these methods. A browser keeps each of them as
/// allowed for the URL (WHATWG Fetch, "CORS-preflight cache"): name none that other rules hold for.
pub(crate) fn layer(rules: &Cors, methods: &[Method]) -> CorsLayer {
    let origin = match rules.origins() {
        // `*` is refused by browsers where credentials are sent (WHATWG Fetch, "CORS check").
        Origins::Any if rules.has_credentials() => AllowOrigin::mirror_request(),
        Origins::Any => AllowOrigin::any(),
        Origins::List(origins) => AllowOrigin::list(origins.iter().cloned()),
    };
    CorsLayer::new()
        .allow_origin(origin)
        .allow_credentials(rules.has_credentials())
        .allow_methods(AllowMethods::list(methods.iter().cloned()))
        .allow_headers(AllowHeaders::list(rules.request_headers().iter().cloned()))
        .expose_headers(ExposeHeaders::list(rules.exposed_headers().iter().cloned()))
        .max_age(rules.preflight_age())
}

/// The methods as the value of `Allow`.
pub(super) fn allow(methods: &[Method]) -> HeaderValue {
    let list = methods.iter().map(Method::as_str).collect::<Vec<_>>().join(", ");
    HeaderValue::try_from(list).unwrap_or_else(|_| HeaderValue::from_static("OPTIONS"))
}
