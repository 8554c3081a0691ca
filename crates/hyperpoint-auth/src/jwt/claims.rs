//! Conversion of a token's claims to an identity.

use std::time::{Duration, SystemTime};

use serde_json::{Map, Value};

use crate::stored::time;
use hyperpoint_core::identity::Identity;

/// The names of the claims that contain roles, permissions and scopes.
#[derive(Clone, Debug)]
pub(super) struct ClaimNames {
    pub(super) roles: String,
    pub(super) permissions: String,
    pub(super) scopes: String,
}

impl Default for ClaimNames {
    fn default() -> Self {
        let [roles, permissions, scopes] = ["roles", "permissions", "scope"].map(str::to_owned);
        Self { roles, permissions, scopes }
    }
}

impl ClaimNames {
    /// Returns the identity of a token with these claims, or `None` if its subject is absent or
    /// empty. The identity expires with the token, plus the leeway.
    pub(super) fn identity(
        &self,
        claims: Map<String, Value>,
        leeway: Duration,
    ) -> Option<Identity> {
        let user = Identity::user(claims.get("sub")?.as_str()?);
        if !user.is_authenticated() {
            return None;
        }
        let user = texts(&claims, &self.roles).into_iter().fold(user, Identity::with_role);
        let user =
            texts(&claims, &self.permissions).into_iter().fold(user, Identity::with_permission);
        let user = texts(&claims, &self.scopes).into_iter().fold(user, Identity::with_scope);
        let user = end(&claims, leeway).into_iter().fold(user, Identity::with_expiry);
        Some(claims.into_iter().fold(user, |user, (name, value)| user.with_claim(name, value)))
    }
}

/// Returns the time at which a token with these claims expires, including the leeway, or `None` if
/// the token has no valid `exp`.
fn end(claims: &Map<String, Value>, leeway: Duration) -> Option<SystemTime> {
    let exp = claims.get("exp")?;
    // A fraction of a second is allowed (RFC 7519 §2), and is ignored.
    let fraction = || exp.as_f64().map(Duration::try_from_secs_f64)?.ok().map(|exp| exp.as_secs());
    time(exp.as_u64().or_else(fraction)?)?.checked_add(leeway)
}

/// Returns the strings of a claim, which is a list or one string of values separated by spaces (RFC
/// 8693 §4.2). If no claim has this name, the name is a path into objects, such as
/// `realm_access.roles`. Returns an empty list if the claim is absent.
fn texts(claims: &Map<String, Value>, name: &str) -> Vec<String> {
    let at_path = || {
        let mut names = name.split('.');
        let first = claims.get(names.next()?)?;
        names.try_fold(first, |value, name| value.get(name))
    };
    match claims.get(name).or_else(at_path) {
        Some(Value::String(text)) => text.split_whitespace().map(str::to_owned).collect(),
        Some(Value::Array(values)) => {
            values.iter().filter_map(Value::as_str).map(str::to_owned).collect()
        }
        _ => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn identity(names: &ClaimNames, claims: Value) -> Option<Identity> {
        names.identity(serde_json::from_value(claims).unwrap(), Duration::from_secs(5))
    }

    #[test]
    fn configured_claims_become_roles_permissions_and_scopes() {
        let names = ClaimNames {
            roles: "realm.roles".to_owned(),
            permissions: "https://a.example/permissions".to_owned(),
            ..ClaimNames::default()
        };
        let claims = json!({
            "sub": "ann", "exp": 1000.5, "scope": "read write", "realm": {"roles": ["clerk", 7]},
            "https://a.example/permissions": ["see"], "tier": "gold",
        });
        let ann = identity(&names, claims).unwrap();
        assert_eq!(
            (ann.roles(), ann.scopes()),
            (&["clerk".into()][..], &["read".into(), "write".into()][..])
        );
        assert!(ann.has_permission("see") && ann.has_claim("tier", "gold"));
        assert_eq!(ann.expires_at(), time(1005));
    }

    #[test]
    fn a_token_without_a_subject_has_no_identity() {
        assert!(identity(&ClaimNames::default(), json!({"exp": 1})).is_none());
        assert!(identity(&ClaimNames::default(), json!({"sub": 7})).is_none());
        assert!(identity(&ClaimNames::default(), json!({"sub": ""})).is_none());
    }
}
