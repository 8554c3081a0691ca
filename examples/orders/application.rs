//! The host: services, authentication schemes, and the status of each error of the store.

use hyperpoint::Identity;
use hyperpoint::http::StatusCode;
use hyperpoint::openapi::ServeOpenApi;
use hyperpoint::prelude::*;
use hyperpoint::schemes::{ApiKeys, CookieSessions, SigningKeys, Tickets};
use hyperpoint_mcp::ServeMcp;

use crate::orders::OrderEvents;
use crate::passwords::Passwords;
use crate::store::{Store, StoreError};

/// Builds the application on this store and on topics in memory. Its keys are those of the process, so
/// sessions and tickets end with it.
pub fn application(store: Store) -> Host {
    application_on(store, Topics::default())
}

/// Builds the application on this store and on these topics.
pub fn application_on(store: Store, topics: Topics) -> Host {
    let sessions = Arc::new(CookieSessions::new(SigningKeys::random()));
    let tickets = Arc::new(Tickets::new(SigningKeys::random()));
    Host::new()
        .service(Arc::new(store.clone()))
        .service(Arc::new(Passwords::default()))
        .service(Arc::new(OrderEvents::start(&topics, store)))
        .service(Arc::new(topics))
        .service(Arc::clone(&sessions))
        .service(Arc::clone(&tickets))
        .authentication(sessions)
        .authentication(tickets)
        .authentication(agents())
        .openapi(|api| {
            api.title("Orders");
            api.version("1.0.0");
            api.description(
                "An API for orders: sign-in, roles, validation, files and a live feed.",
            );
            api.without_forms();
            api.page("/streams");
            api.allow_anonymous();
        })
        .mcp(|mcp| {
            mcp.name("orders");
            mcp.title("Orders");
            mcp.version("1.0.0");
            mcp.instructions("Find an order before you ship it. Prices are in cents.");
            mcp.authenticated();
        })
        .problem_for(|error: &StoreError| match error {
            StoreError::Missing => Problem::new(StatusCode::NOT_FOUND),
            StoreError::Conflict(reason) => Problem::new(StatusCode::CONFLICT).detail(*reason),
            StoreError::Database(_) | StoreError::Event(_) => {
                Problem::new(StatusCode::INTERNAL_SERVER_ERROR)
            }
        })
}

/// The keys of agents, which act for a user of the example. None of them is an admin.
fn agents() -> ApiKeys {
    ApiKeys::new()
        .key("agent-of-ann-0123456789abcdef", Identity::user("ann").with_role("customer"))
        .key("agent-of-carl-0123456789abcdef", Identity::user("carl").with_role("clerk"))
}
