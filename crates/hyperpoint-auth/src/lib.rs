//! The built-in authentication schemes: API keys, sessions in a signed cookie, tickets for event
//! streams, and JSON Web Tokens.
//!
//! Each scheme implements [`AuthenticationScheme`](hyperpoint_core::AuthenticationScheme), as an
//! application's own scheme does. [`SigningKeys`] also seals values of an application, each for one
//! purpose and a limited time. This crate does not depend on endpoints or hosts. Applications use
//! it as `hyperpoint::schemes`, with the feature `auth`, which is on by default; JSON Web Tokens
//! need the feature `jwt`.

mod signing_keys;
mod seal;
mod stored;
mod sealed_values;
mod check;
mod cross_origin;
mod bearer;
mod api_keys;
mod session;
mod session_cookie;
mod cookie_sessions;
mod ticket_uses;
mod tickets;
#[cfg(feature = "jwt")]
mod jwt;

pub use api_keys::ApiKeys;
pub use cookie_sessions::CookieSessions;
pub use cross_origin::refuse_cross_origin;
#[cfg(feature = "jwt")]
pub use jwt::{InvalidJwtKey, Jwt, JwtAlgorithm, JwtIssuer, JwtKey};
pub use session_cookie::SameSite;
pub use signing_keys::SigningKeys;
pub use tickets::Tickets;

pub use hyperpoint_core::cookies::cookie;
