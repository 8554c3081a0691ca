//! The host.

use std::sync::Arc;

use hyperpoint::Identity;
use hyperpoint::openapi::ServeOpenApi;
use hyperpoint::prelude::*;
use hyperpoint::schemes::{ApiKeys, CookieSessions, SigningKeys, Tickets};

use super::{bodies, parameters, responses, streams};

/// The key of a user with the role `clerk` and the scope `orders:read`.
pub(crate) const KEY: &str = "0123456789abcdef";

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
