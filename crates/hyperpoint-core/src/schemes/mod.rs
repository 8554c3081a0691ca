//! The ready-made schemes: who asks, by an API key, a session in a cookie, a ticket for a
//! stream, a bearer token.
//! Each stands on [`AuthenticationScheme`](crate::AuthenticationScheme) alone, as one of a user's
//! own does.

mod signing_keys;
mod seal;
mod stored;
mod check;
mod cross_origin;
mod api_keys;
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

pub use crate::cookies::cookie;
