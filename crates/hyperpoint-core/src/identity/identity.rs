//! The user behind a request, and what is known of them.

use std::any::Any;
use std::fmt;
use std::sync::Arc;
use std::time::SystemTime;

use http::HeaderValue;
use serde_json::{Map, Value};

/// The user behind a request, or nobody. Cheap to clone.
///
/// Its `Debug` text names claims and leaves out their values.
///
/// # Example
///
/// ```
/// use hyperpoint_core::Identity;
///
/// let ann = Identity::user("ann").with_role("admin").with_claim("tier", "gold");
/// assert_eq!(ann.subject(), Some("ann"));
/// assert!(ann.has_role("admin"));
/// assert!(ann.claim("tier").is_some_and(|tier| tier == "gold"));
/// assert!(!Identity::anonymous().is_authenticated());
/// ```
#[derive(Clone, Default)]
pub struct Identity(Option<Arc<User>>);

#[derive(Clone, Debug, Default)]
struct User {
    /// The subject is the claim `sub`, and nothing else is.
    claims: Map<String, Value>,
    roles: Vec<String>,
    permissions: Vec<String>,
    scopes: Vec<String>,
    scheme: Option<String>,
    origin: Option<String>,
    expires_at: Option<SystemTime>,
    renewal: Option<HeaderValue>,
    held: Option<Arc<dyn Any + Send + Sync>>,
}

const SUBJECT: &str = "sub";

impl Identity {
    /// Nobody in particular.
    #[must_use]
    pub fn anonymous() -> Self {
        Self(None)
    }

    /// The authenticated user of this id. An empty id identifies nobody: it gives an
    /// [anonymous](Self::anonymous) identity, so that no scheme admits a client by it.
    pub fn user(subject: impl Into<String>) -> Self {
        let subject = subject.into();
        if subject.is_empty() {
            return Self::anonymous();
        }
        let claims = Map::from_iter([(SUBJECT.to_owned(), Value::String(subject))]);
        Self(Some(Arc::new(User { claims, ..User::default() })))
    }

    /// Adds a role. An anonymous identity has none and stays as it is, here and below.
    #[must_use]
    pub fn with_role(self, role: impl Into<String>) -> Self {
        self.change(|user| user.roles.push(role.into()))
    }

    /// Adds a permission: something that the user may do, such as `orders:cancel`.
    #[must_use]
    pub fn with_permission(self, permission: impl Into<String>) -> Self {
        self.change(|user| user.permissions.push(permission.into()))
    }

    /// Adds a scope: something that the user let the client do (RFC 6749 §3.3).
    #[must_use]
    pub fn with_scope(self, scope: impl Into<String>) -> Self {
        self.change(|user| user.scopes.push(scope.into()))
    }

    /// Sets a claim. The claim `sub` is the subject, and is not changed by this.
    #[must_use]
    pub fn with_claim(self, name: impl Into<String>, value: impl Into<Value>) -> Self {
        let name = name.into();
        if name == SUBJECT {
            return self;
        }
        self.change(|user| drop(user.claims.insert(name, value.into())))
    }

    /// Sets when the identity ends. An event stream ends with it.
    #[must_use]
    pub fn with_expiry(self, at: SystemTime) -> Self {
        self.change(|user| user.expires_at = Some(at))
    }

    /// Sends this `Set-Cookie` along with the answer: a scheme renews its session by it. A cookie
    /// of the same name that the handler sets wins. No shared cache may store the answer, and a 304
    /// goes without the cookie: a shared cache would add it to what it has stored.
    #[must_use]
    pub fn with_renewal(self, cookie: HeaderValue) -> Self {
        self.change(|user| user.renewal = Some(cookie))
    }

    /// Keeps a value for as long as the request lasts, an event stream included: its drop tells
    /// a scheme that the identity is no longer in use.
    #[must_use]
    pub fn holding(self, value: Arc<dyn Any + Send + Sync>) -> Self {
        self.change(|user| user.held = Some(value))
    }

    /// Names the scheme that established the identity first, for a scheme that passes identities on,
    /// as [`Tickets`](crate::schemes::Tickets) does. The host admits the identity only while that
    /// scheme says that it [still holds](super::AuthenticationScheme::still_holds), and not at all if
    /// the endpoint asks no scheme of this name.
    #[must_use]
    pub fn derived_from(self, scheme: impl Into<String>) -> Self {
        self.change(|user| user.origin = Some(scheme.into()))
    }

    /// Names the scheme that established the identity. The host does so.
    #[must_use]
    pub fn with_scheme(self, name: &str) -> Self {
        // Where an identity is kept and shared, it is copied to be changed.
        if self.scheme() == Some(name) {
            return self;
        }
        self.change(|user| user.scheme = Some(name.to_owned()))
    }

    fn change(mut self, change: impl FnOnce(&mut User)) -> Self {
        if let Some(user) = &mut self.0 {
            change(Arc::make_mut(user));
        }
        self
    }

    /// Whether a scheme established who this is.
    #[must_use]
    pub fn is_authenticated(&self) -> bool {
        self.0.is_some()
    }

    /// The user's id; none for an anonymous identity.
    #[must_use]
    pub fn subject(&self) -> Option<&str> {
        self.claim(SUBJECT)?.as_str()
    }

    /// What is known of the user under this name; `sub` is the subject.
    #[must_use]
    pub fn claim(&self, name: &str) -> Option<&Value> {
        self.0.as_deref()?.claims.get(name)
    }

    /// Every claim, `sub` among them; none for an anonymous identity.
    pub fn claims(&self) -> impl Iterator<Item = (&str, &Value)> {
        let claims = self.0.as_deref().into_iter().flat_map(|user| &user.claims);
        claims.map(|(name, value)| (name.as_str(), value))
    }

    /// Whether the user has this role.
    #[must_use]
    pub fn has_role(&self, role: &str) -> bool {
        self.roles().iter().any(|held| held == role)
    }

    /// Whether the user has this permission.
    #[must_use]
    pub fn has_permission(&self, permission: &str) -> bool {
        self.permissions().iter().any(|held| held == permission)
    }

    /// Whether the client was given this scope.
    #[must_use]
    pub fn has_scope(&self, scope: &str) -> bool {
        self.scopes().iter().any(|held| held == scope)
    }

    /// Whether the claim has this text as its value, or as one of its values where it is a list.
    /// Numbers and booleans are compared as JSON writes them.
    #[must_use]
    pub fn has_claim(&self, name: &str, value: &str) -> bool {
        match self.claim(name) {
            Some(Value::Array(values)) => values.iter().any(|held| is_text(held, value)),
            Some(held) => is_text(held, value),
            None => false,
        }
    }

    /// The user's roles.
    #[must_use]
    pub fn roles(&self) -> &[String] {
        self.0.as_deref().map_or(&[], |user| &user.roles)
    }

    /// The user's permissions.
    #[must_use]
    pub fn permissions(&self) -> &[String] {
        self.0.as_deref().map_or(&[], |user| &user.permissions)
    }

    /// The scopes that the client was given.
    #[must_use]
    pub fn scopes(&self) -> &[String] {
        self.0.as_deref().map_or(&[], |user| &user.scopes)
    }

    /// The name of the scheme that established the identity.
    #[must_use]
    pub fn scheme(&self) -> Option<&str> {
        self.0.as_deref()?.scheme.as_deref()
    }

    /// The name of the scheme that established the identity first; `None` if it was not
    /// [derived](Self::derived_from) from that of another scheme.
    #[must_use]
    pub fn origin(&self) -> Option<&str> {
        self.0.as_deref()?.origin.as_deref()
    }

    /// The `Set-Cookie` that goes along with the answer.
    #[must_use]
    pub fn renewal(&self) -> Option<&HeaderValue> {
        self.0.as_deref()?.renewal.as_ref()
    }

    /// When the identity ends; none where it does not end by itself.
    #[must_use]
    pub fn expires_at(&self) -> Option<SystemTime> {
        self.0.as_deref()?.expires_at
    }
}

fn is_text(held: &Value, value: &str) -> bool {
    match held {
        Value::String(text) => text == value,
        Value::Number(number) => number.to_string() == value,
        Value::Bool(is) => value == if *is { "true" } else { "false" },
        Value::Null | Value::Array(_) | Value::Object(_) => false,
    }
}

impl fmt::Debug for Identity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Some(user) = self.0.as_deref() else {
            return f.write_str("Identity(anonymous)");
        };
        f.debug_struct("Identity")
            .field("subject", &self.subject())
            .field("roles", &user.roles)
            .field("permissions", &user.permissions)
            .field("scopes", &user.scopes)
            .field("claims", &user.claims.keys().collect::<Vec<_>>())
            .field("scheme", &user.scheme)
            .field("origin", &user.origin)
            .field("expires_at", &user.expires_at)
            .finish()
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn the_subject_is_a_claim_that_no_other_claim_replaces() {
        let ann = Identity::user("ann").with_claim("sub", "bob");
        assert_eq!(ann.subject(), Some("ann"));
        assert_eq!(ann.claim("sub"), Some(&json!("ann")));
        assert_eq!(Identity::anonymous().with_claim("tier", "gold").claim("tier"), None);
    }

    #[test]
    fn an_empty_subject_is_not_a_user() {
        let nobody = Identity::user("").with_role("admin").with_claim("tier", "gold");
        assert!(!nobody.is_authenticated() && !nobody.has_role("admin"));
        assert_eq!((nobody.subject(), nobody.claims().count()), (None, 0));
        assert!(Identity::user(" ").is_authenticated());
    }

    #[test]
    fn a_claim_holds_by_its_text_or_by_one_of_its_list() {
        let ann = Identity::user("ann")
            .with_claim("tier", "gold")
            .with_claim("teams", json!(["red", 7]))
            .with_claim("level", 3)
            .with_claim("is_staff", true);
        for (name, value) in [
            ("tier", "gold"),
            ("teams", "red"),
            ("teams", "7"),
            ("level", "3"),
            ("is_staff", "true"),
        ] {
            assert!(ann.has_claim(name, value), "{name} {value}");
        }
        for (name, value) in [("tier", "gol"), ("teams", "blue"), ("none", ""), ("level", "30")] {
            assert!(!ann.has_claim(name, value), "{name} {value}");
        }
    }

    #[test]
    fn its_debug_text_has_no_value_of_a_claim() {
        let text = format!("{:?}", Identity::user("ann").with_claim("iban", "DE02"));
        assert!(text.contains("iban") && !text.contains("DE02"), "{text}");
    }
}
