//! The host of one node: services, the scheme, and what a failed publication is to a client.

use hyperpoint::PublishError;
use hyperpoint::http::StatusCode;
use hyperpoint::prelude::*;
use hyperpoint::schemes::{CookieSessions, SigningKeys};

use crate::presence::People;

/// One node. All nodes have the same keys: a session that one began holds at the others.
pub fn application(topics: Topics, people: Arc<People>, keys: SigningKeys) -> Host {
    // The example speaks plain HTTP. Cookies know no ports, so that a browser which goes from one
    // node of this machine to the other takes its session along.
    let sessions = Arc::new(CookieSessions::new(keys).cookie_name("chat").allow_http());
    Host::new()
        .service(Arc::new(topics))
        .service(people)
        .service(Arc::clone(&sessions))
        .authentication(sessions)
        .problem_for(|error: &PublishError| match error.is_unavailable() {
            true => Problem::new(StatusCode::SERVICE_UNAVAILABLE).detail("try again in a moment"),
            false => Problem::new(StatusCode::INTERNAL_SERVER_ERROR),
        })
}
