//! The host: services, authentication schemes, and the status of each error of the store.

use hyperpoint::http::StatusCode;
use hyperpoint::openapi::ServeOpenApi;
use hyperpoint::prelude::*;
use hyperpoint::schemes::{CookieSessions, SigningKeys, Tickets};

use crate::passwords::Passwords;
use crate::store::{Store, StoreError};

/// Builds the application on this store. Its keys are those of the process, so sessions and tickets
/// end with it.
pub fn application(store: Store) -> Host {
    let sessions = Arc::new(CookieSessions::new(SigningKeys::random()));
    let tickets = Arc::new(Tickets::new(SigningKeys::random()));
    Host::new()
        .service(Arc::new(store))
        .service(Arc::new(Passwords::default()))
        .service(Arc::new(Topics::default()))
        .service(Arc::clone(&sessions))
        .service(Arc::clone(&tickets))
        .authentication(sessions)
        .authentication(tickets)
        .openapi(|api| {
            api.title("Orders");
            api.version("1.0.0");
            api.description(
                "An API for orders: sign-in, roles, validation, files and a live feed.",
            );
            api.page("/streams");
            api.allow_anonymous();
        })
        .problem_for(|error: &StoreError| match error {
            StoreError::Missing => Problem::new(StatusCode::NOT_FOUND),
            StoreError::Conflict(reason) => Problem::new(StatusCode::CONFLICT).detail(*reason),
            StoreError::Database(_) => Problem::new(StatusCode::INTERNAL_SERVER_ERROR),
        })
}
