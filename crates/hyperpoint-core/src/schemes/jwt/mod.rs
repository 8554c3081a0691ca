//! Bearer tokens that are JSON Web Tokens (RFC 7519): who asks, by a token that somebody else
//! signed, or that [`JwtIssuer`] did.

mod algorithm;
mod sound_key;
mod key;
mod wanted_key;
mod key_set;
mod fetched_keys;
mod known_keys;
mod bearer;
mod claims;
mod rules;
#[expect(clippy::module_inception, reason = "a file is named for its main type")]
mod jwt;
mod authenticate;
mod issuer;

pub use algorithm::JwtAlgorithm;
pub use issuer::JwtIssuer;
pub use jwt::Jwt;
pub use key::{InvalidJwtKey, JwtKey};
