//! The serialized form of identities in cookies and tickets.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use hyperpoint_core::identity::Identity;

/// An identity in a cookie or a ticket, without its expiry and its scheme.
#[derive(Serialize, Deserialize)]
pub(super) struct Stored {
    claims: Map<String, Value>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    roles: Vec<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    permissions: Vec<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    scopes: Vec<String>,
}

impl From<&Identity> for Stored {
    fn from(identity: &Identity) -> Self {
        let claims = identity.claims().map(|(name, value)| (name.to_owned(), value.clone()));
        Self {
            claims: claims.collect(),
            roles: identity.roles().to_vec(),
            permissions: identity.permissions().to_vec(),
            scopes: identity.scopes().to_vec(),
        }
    }
}

impl Stored {
    /// Returns the identity, or `None` if its subject is absent or empty.
    pub(super) fn into_identity(self) -> Option<Identity> {
        let user = Identity::user(self.claims.get("sub")?.as_str()?);
        let user =
            self.claims.into_iter().fold(user, |user, (name, value)| user.with_claim(name, value));
        let user = self.roles.into_iter().fold(user, Identity::with_role);
        let user = self.permissions.into_iter().fold(user, Identity::with_permission);
        let user = self.scopes.into_iter().fold(user, Identity::with_scope);
        Some(user).filter(Identity::is_authenticated)
    }
}

/// Returns the whole seconds from the start of 1970 (UTC) to this time, or 0 for an earlier time.
pub(super) fn seconds(time: SystemTime) -> u64 {
    time.duration_since(UNIX_EPOCH).unwrap_or_default().as_secs()
}

/// Returns the time that is this number of seconds after the start of 1970 (UTC), or `None` if it
/// overflows.
pub(super) fn time(seconds: u64) -> Option<SystemTime> {
    UNIX_EPOCH.checked_add(Duration::from_secs(seconds))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stored_value_without_a_subject_is_not_an_identity() {
        let stored = |text: &str| serde_json::from_str::<Stored>(text).unwrap().into_identity();
        assert!(stored(r#"{"claims":{"sub":"ann"},"roles":["clerk"]}"#).is_some());
        assert!(stored(r#"{"claims":{"sub":""},"roles":["clerk"]}"#).is_none());
        assert!(stored(r#"{"claims":{"sub":7}}"#).is_none());
        assert!(stored(r#"{"claims":{}}"#).is_none());
    }
}
