//! Security: authentication, authorization, sessions, tickets, revocation, and CORS.

mod authentication;
mod access;
mod access_matrix;
mod allowed_names;
mod api_key;
mod cookies;
mod key_sets;
mod jwt;
mod session;
mod ticket;
mod purposes;
mod revocation;
mod caches;
mod composition;
mod failed_authentications;
mod failed_authentications_several;
mod failed_authentications_combined;
mod cors;

pub(super) use authentication::Tokens;
