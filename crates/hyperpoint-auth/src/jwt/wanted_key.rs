//! Selection of the key that verifies a token.

use jsonwebtoken::{Algorithm, Header};

use super::key::JwtKey;

/// The key id and algorithm in the header of a token.
#[derive(Clone, Copy)]
pub(super) struct WantedKey<'t> {
    id: Option<&'t str>,
    algorithm: Algorithm,
}

impl<'t> WantedKey<'t> {
    /// Reads the key id and algorithm from a token's header.
    pub(super) fn of(header: &'t Header) -> Self {
        Self { id: header.kid.as_deref(), algorithm: header.alg }
    }

    /// Returns the key with this id, or the only key if the key or the token has no id. Of several
    /// keys with the same id, returns the key with the token's algorithm (RFC 7517 §4.5), otherwise
    /// the first one. Returns `None` if no key matches.
    pub(super) fn among(self, keys: &[JwtKey]) -> Option<&JwtKey> {
        let Some(id) = self.id else {
            return if let [one] = keys { Some(one) } else { None };
        };
        if let [one] = keys
            && one.id.is_none()
        {
            return Some(one);
        }
        let mut named = keys.iter().filter(|key| key.id.as_deref() == Some(id));
        let first = named.clone().next();
        named.find(|key| key.algorithm.code() == self.algorithm).or(first)
    }
}
