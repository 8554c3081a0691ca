//! Which key verifies a token.

use jsonwebtoken::{Algorithm, Header};

use super::key::JwtKey;

/// What the header of a token says of its key.
#[derive(Clone, Copy)]
pub(super) struct WantedKey<'t> {
    id: Option<&'t str>,
    algorithm: Algorithm,
}

impl<'t> WantedKey<'t> {
    pub(super) fn of(header: &'t Header) -> Self {
        Self { id: header.kid.as_deref(), algorithm: header.alg }
    }

    /// Returns the key of this id, or the only key if it or the token has no id. Of several with one
    /// id it is the key of the token's algorithm (RFC 7517 §4.5).
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
