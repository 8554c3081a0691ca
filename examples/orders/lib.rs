//! An API for orders: sign-in, roles, validation, files and a live feed, on SQLite.
//!
//! Each file is one endpoint. `application` builds the host that `main.rs` runs and that the tests
//! call.

#![expect(missing_debug_implementations, reason = "endpoints and credentials are not printed")]

mod pool;
mod store;
mod outbox;
mod passwords;
mod seed;

pub mod users;
pub mod orders;
pub mod invoices;
pub mod feed;

mod application;

pub use application::{application, application_on};
pub use passwords::Passwords;
pub use store::{Store, StoreError};
