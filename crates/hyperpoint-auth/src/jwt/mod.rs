//! Bearer tokens in the form of JSON Web Tokens (RFC 7519): [`Jwt`] verifies them, and
//! [`JwtIssuer`] issues them.
//!
//! This module contains keys, key sets and claims. It does not depend on endpoints or on an HTTP
//! client.

mod algorithm;
mod sound_key;
mod key;
mod wanted_key;
mod key_set;
mod fetched_keys;
mod known_keys;
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
