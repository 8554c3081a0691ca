//! An identity as it is kept in a cookie or a ticket.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::identity::Identity;

/// An identity as it is kept in a cookie or a ticket, without its end and its scheme.
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
    /// The identity; `None` if it has no subject, or an empty one.
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

/// A time as it is kept: whole seconds since 1970.
pub(super) fn seconds(time: SystemTime) -> u64 {
    time.duration_since(UNIX_EPOCH).unwrap_or_default().as_secs()
}

/// The time that was kept so; the end of time where there is none such.
pub(super) fn time(seconds: u64) -> Option<SystemTime> {
    UNIX_EPOCH.checked_add(Duration::from_secs(seconds))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_stored_without_a_subject_is_not_an_identity() {
        let stored = |text: &str| serde_json::from_str::<Stored>(text).unwrap().into_identity();
        assert!(stored(r#"{"claims":{"sub":"ann"},"roles":["clerk"]}"#).is_some());
        assert!(stored(r#"{"claims":{"sub":""},"roles":["clerk"]}"#).is_none());
        assert!(stored(r#"{"claims":{"sub":7}}"#).is_none());
        assert!(stored(r#"{"claims":{}}"#).is_none());
    }
}
