//! The host of one node: services, the authentication scheme, and the status of a failed
//! publication.

use hyperpoint::PublishError;
use hyperpoint::http::StatusCode;
use hyperpoint::openapi::ServeOpenApi;
use hyperpoint::prelude::*;
use hyperpoint::schemes::{CookieSessions, SigningKeys};

use crate::presence::People;

/// Creates one node. All nodes have the same keys, so a session created at one is valid at the
/// others.
pub fn application(topics: Topics, people: Arc<People>, keys: SigningKeys) -> Host {
    // The example uses plain HTTP. Cookies do not distinguish ports, so a browser that moves from
    // one node of this machine to the other keeps its session.
    let sessions = Arc::new(CookieSessions::new(keys).cookie_name("chat").allow_http());
    Host::new()
        .service(Arc::new(topics))
        .service(people)
        .service(Arc::clone(&sessions))
        .authentication(sessions)
        .openapi(|api| {
            api.title("Chat");
            api.version("1.0.0");
            api.page("/streams");
            api.allow_anonymous();
        })
        .problem_for(|error: &PublishError| match error.is_unavailable() {
            true => Problem::new(StatusCode::SERVICE_UNAVAILABLE).detail("try again in a moment"),
            false => Problem::new(StatusCode::INTERNAL_SERVER_ERROR),
        })
}
