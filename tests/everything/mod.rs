//! An application that has everything that a contract can describe, for tests of its OpenAPI document.

/// Writes an endpoint that is added by hand.
macro_rules! endpoint {
    (
        $(#[$doc:meta])*
        $name:ident($request:ty) -> $response:ty $(, $check:ident)? { $($configure:tt)* }
        |$value:pat_param, $cx:ident| $handle:expr
    ) => {
        $(#[$doc])*
        #[derive(Endpoint)]
        #[endpoint(by_hand)]
        struct $name;

        impl Endpoint for $name {
            type Request = $request;
            type Response = $response;

            fn configure(config: &mut Config) {
                let configure: fn(&mut Config) = $($configure)*;
                configure(config);
            }

            $(fn validate(&self, request: &$request, failures: &mut Failures) {
                failures.$check(request);
            })?

            async fn handle(&self, $value: $request, $cx: Cx<'_, Self>) -> Result {
                $handle
            }
        }
    };
}

mod bodies;
mod parameters;
mod responses;
mod streams;

use std::sync::Arc;

use hyperpoint::openapi::ServeOpenApi;
use hyperpoint::prelude::*;
use hyperpoint::schemes::{ApiKeys, CookieSessions, SigningKeys, Tickets};
use hyperpoint::{Group, GroupConfig, Identity};

/// The key of a user with the role `clerk` and the scope `orders:read`.
pub(crate) const KEY: &str = "0123456789abcdef";

/// Endpoints of version 2.
struct Second;

impl Group for Second {
    fn configure(group: &mut GroupConfig) {
        group.prefix("/second");
        group.version(2);
        group.tags(["Second"]);
    }
}

/// Builds the host.
pub(crate) fn everything() -> Host {
    let clerk = Identity::user("ann").with_role("clerk").with_scope("orders:read");
    let host = Host::empty()
        .authentication(ApiKeys::new().bearer().key(KEY, clerk))
        .authentication(CookieSessions::new(SigningKeys::random()))
        .authentication(Tickets::new(SigningKeys::random()))
        .defaults(|all| all.tags(["Everything"]))
        // Wrong keys are part of the tests.
        .options(|options| options.failed_authentications_per_minute = 0)
        .service(Arc::new(Topics::default()));
    let host = bodies::add(responses::add(parameters::add(streams::add(host))));
    host.openapi(|api| {
        api.title("Everything");
        api.version("2.0.0-test");
        api.description("Each thing that a contract can describe.");
        api.page("/streams");
        api.allow_anonymous();
    })
}
