//! The identity of a request: the authenticated user and its claims, or anonymous.

use std::any::Any;
use std::fmt;
use std::sync::Arc;
use std::time::SystemTime;

use http::HeaderValue;
use serde_json::{Map, Value};

/// The identity of a request: an authenticated user, or anonymous. Cheap to clone.
///
/// Its `Debug` output contains the subject, the roles, the permissions, the scopes, and the names
/// of all claims, but no values of claims other than the subject.
///
/// # Examples
///
/// ```
/// use hyperpoint::Identity;
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
    /// All claims. The claim `sub` is the subject, which is stored nowhere else.
    claims: Map<String, Value>,
    roles: Vec<String>,
    permissions: Vec<String>,
    scopes: Vec<String>,
    /// The name of the scheme that authenticated the request, or `None` if no scheme did.
    scheme: Option<String>,
    /// The name of the scheme that established the identity originally, if another scheme derived
    /// this identity from it.
    origin: Option<String>,
    /// The time at which the identity expires, or `None` if it does not expire.
    expires_at: Option<SystemTime>,
    /// The `Set-Cookie` value to send with the response, or `None` if the session is not renewed.
    renewal: Option<HeaderValue>,
    /// A value that is kept until the request has ended, or `None` if unset.
    held: Option<Arc<dyn Any + Send + Sync>>,
}

const SUBJECT: &str = "sub";

impl Identity {
    /// Creates an anonymous identity.
    #[must_use]
    pub fn anonymous() -> Self {
        Self(None)
    }

    /// Creates the identity of an authenticated user with this subject. An empty subject creates an
    /// [anonymous](Self::anonymous) identity, so that no scheme can authenticate a client without a
    /// subject.
    ///
    /// # Examples
    ///
    /// ```
    /// use hyperpoint::Identity;
    ///
    /// assert!(Identity::user("ann").is_authenticated());
    /// assert!(!Identity::user("").is_authenticated());
    /// ```
    pub fn user(subject: impl Into<String>) -> Self {
        let subject = subject.into();
        if subject.is_empty() {
            return Self::anonymous();
        }
        let claims = Map::from_iter([(SUBJECT.to_owned(), Value::String(subject))]);
        Self(Some(Arc::new(User { claims, ..User::default() })))
    }

    /// Adds a role. Like all `with_…` methods, it has no effect on an anonymous identity.
    ///
    /// # Examples
    ///
    /// ```
    /// use hyperpoint::Identity;
    ///
    /// assert!(Identity::user("ann").with_role("admin").has_role("admin"));
    /// assert!(!Identity::anonymous().with_role("admin").has_role("admin"));
    /// ```
    #[must_use]
    pub fn with_role(self, role: impl Into<String>) -> Self {
        self.change(|user| user.roles.push(role.into()))
    }

    /// Adds a permission: an action that the user may perform, such as `orders:cancel`.
    ///
    /// # Examples
    ///
    /// ```
    /// use hyperpoint::Identity;
    ///
    /// let ann = Identity::user("ann").with_permission("orders:cancel");
    /// assert!(ann.has_permission("orders:cancel"));
    /// ```
    #[must_use]
    pub fn with_permission(self, permission: impl Into<String>) -> Self {
        self.change(|user| user.permissions.push(permission.into()))
    }

    /// Adds a scope: an access right that the user granted to the client (RFC 6749 §3.3).
    ///
    /// # Examples
    ///
    /// ```
    /// use hyperpoint::Identity;
    ///
    /// let ann = Identity::user("ann").with_scope("orders:read");
    /// assert!(ann.has_scope("orders:read"));
    /// ```
    #[must_use]
    pub fn with_scope(self, scope: impl Into<String>) -> Self {
        self.change(|user| user.scopes.push(scope.into()))
    }

    /// Sets a claim. The claim `sub` is the subject and cannot be changed.
    ///
    /// # Examples
    ///
    /// ```
    /// use hyperpoint::Identity;
    ///
    /// let ann = Identity::user("ann").with_claim("tier", "gold").with_claim("sub", "bob");
    /// assert!(ann.has_claim("tier", "gold"));
    /// assert_eq!(ann.subject(), Some("ann"));
    /// ```
    #[must_use]
    pub fn with_claim(self, name: impl Into<String>, value: impl Into<Value>) -> Self {
        let name = name.into();
        if name == SUBJECT {
            return self;
        }
        self.change(|user| drop(user.claims.insert(name, value.into())))
    }

    /// Sets the time at which the identity expires. The host ignores an expired identity, and an
    /// event stream ends at that time. Default: the identity does not expire.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::time::{Duration, SystemTime};
    ///
    /// use hyperpoint::Identity;
    ///
    /// let at = SystemTime::now() + Duration::from_secs(900);
    /// assert_eq!(Identity::user("ann").with_expiry(at).expires_at(), Some(at));
    /// ```
    #[must_use]
    pub fn with_expiry(self, at: SystemTime) -> Self {
        self.change(|user| user.expires_at = Some(at))
    }

    /// Sets a `Set-Cookie` value to send with the response, so that a scheme can renew its session.
    /// If the handler sets a cookie of the same name, only the handler's cookie is sent. Shared
    /// caches are instructed not to store the response. A 304 is sent without the cookie, because a
    /// shared cache would add the cookie to the response that it has stored.
    ///
    /// # Examples
    ///
    /// ```
    /// use hyperpoint::Identity;
    /// use hyperpoint::http::HeaderValue;
    ///
    /// let cookie = HeaderValue::from_static("session=renewed; HttpOnly; Secure");
    /// let ann = Identity::user("ann").with_renewal(cookie.clone());
    /// assert_eq!(ann.renewal(), Some(&cookie));
    /// ```
    #[must_use]
    pub fn with_renewal(self, cookie: HeaderValue) -> Self {
        self.change(|user| user.renewal = Some(cookie))
    }

    /// Keeps a value until the request, including its event stream, has ended. A scheme can use the
    /// value's `Drop` to detect that the identity is no longer in use. Replaces the value of a
    /// previous call.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::sync::Arc;
    ///
    /// use hyperpoint::Identity;
    ///
    /// let in_use = Arc::new(());
    /// let ann = Identity::user("ann").holding(in_use.clone());
    /// assert_eq!(Arc::strong_count(&in_use), 2);
    /// drop(ann);
    /// assert_eq!(Arc::strong_count(&in_use), 1);
    /// ```
    #[must_use]
    pub fn holding(self, value: Arc<dyn Any + Send + Sync>) -> Self {
        self.change(|user| user.held = Some(value))
    }

    /// Sets the name of the scheme that established the identity originally. Schemes that derive
    /// identities from identities of other schemes, such as `Tickets`, call this. The host accepts
    /// the identity only while the original scheme reports that it is [still
    /// valid](super::AuthenticationScheme::still_holds), and rejects it at endpoints that do not
    /// accept the original scheme.
    ///
    /// # Examples
    ///
    /// ```
    /// use hyperpoint::Identity;
    ///
    /// let ann = Identity::user("ann").derived_from("session");
    /// assert_eq!(ann.origin(), Some("session"));
    /// ```
    #[must_use]
    pub fn derived_from(self, scheme: impl Into<String>) -> Self {
        self.change(|user| user.origin = Some(scheme.into()))
    }

    /// Sets the name of the scheme that authenticated the request. The host calls this.
    #[must_use]
    pub fn with_scheme(self, name: &str) -> Self {
        // `change` would copy an identity that has other clones.
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

    /// Returns whether this is the identity of an authenticated user. `false` if it is anonymous.
    #[must_use]
    pub fn is_authenticated(&self) -> bool {
        self.0.is_some()
    }

    /// Returns the subject, which is the id of the user, or `None` for an anonymous identity.
    #[must_use]
    pub fn subject(&self) -> Option<&str> {
        self.claim(SUBJECT)?.as_str()
    }

    /// Returns the claim of this name, or `None` if the identity does not have it. The claim `sub`
    /// is the subject.
    ///
    /// # Examples
    ///
    /// ```
    /// use hyperpoint::Identity;
    ///
    /// let ann = Identity::user("ann").with_claim("level", 3);
    /// assert_eq!(ann.claim("level").and_then(|level| level.as_u64()), Some(3));
    /// ```
    #[must_use]
    pub fn claim(&self, name: &str) -> Option<&Value> {
        self.0.as_deref()?.claims.get(name)
    }

    /// Returns all claims, including `sub`. Empty for an anonymous identity.
    pub fn claims(&self) -> impl Iterator<Item = (&str, &Value)> {
        let claims = self.0.as_deref().into_iter().flat_map(|user| &user.claims);
        claims.map(|(name, value)| (name.as_str(), value))
    }

    /// Returns whether the user has this role.
    #[must_use]
    pub fn has_role(&self, role: &str) -> bool {
        self.roles().iter().any(|held| held == role)
    }

    /// Returns whether the user has this permission.
    #[must_use]
    pub fn has_permission(&self, permission: &str) -> bool {
        self.permissions().iter().any(|held| held == permission)
    }

    /// Returns whether the client was granted this scope.
    #[must_use]
    pub fn has_scope(&self, scope: &str) -> bool {
        self.scopes().iter().any(|held| held == scope)
    }

    /// Returns whether the claim of this name equals this string or, if the claim is a list,
    /// contains it. Numbers and booleans are compared in their JSON form.
    ///
    /// # Examples
    ///
    /// ```
    /// use hyperpoint::Identity;
    ///
    /// let teams = vec!["red", "blue"];
    /// let ann = Identity::user("ann").with_claim("level", 3).with_claim("teams", teams);
    /// assert!(ann.has_claim("level", "3") && ann.has_claim("teams", "blue"));
    /// ```
    #[must_use]
    pub fn has_claim(&self, name: &str, value: &str) -> bool {
        match self.claim(name) {
            Some(Value::Array(values)) => values.iter().any(|held| is_text(held, value)),
            Some(held) => is_text(held, value),
            None => false,
        }
    }

    /// Returns the roles of the user. Empty for an anonymous identity.
    #[must_use]
    pub fn roles(&self) -> &[String] {
        self.0.as_deref().map_or(&[], |user| &user.roles)
    }

    /// Returns the permissions of the user. Empty for an anonymous identity.
    #[must_use]
    pub fn permissions(&self) -> &[String] {
        self.0.as_deref().map_or(&[], |user| &user.permissions)
    }

    /// Returns the scopes that the client was granted. Empty for an anonymous identity.
    #[must_use]
    pub fn scopes(&self) -> &[String] {
        self.0.as_deref().map_or(&[], |user| &user.scopes)
    }

    /// Returns the name of the scheme that authenticated the request, or `None` if no scheme did.
    #[must_use]
    pub fn scheme(&self) -> Option<&str> {
        self.0.as_deref()?.scheme.as_deref()
    }

    /// Returns the name of the scheme that established the identity originally, or `None` if the
    /// identity was not [derived](Self::derived_from) from an identity of another scheme.
    #[must_use]
    pub fn origin(&self) -> Option<&str> {
        self.0.as_deref()?.origin.as_deref()
    }

    /// Returns the `Set-Cookie` value that renews the session, or `None` if
    /// [`with_renewal`](Self::with_renewal) did not set one.
    #[must_use]
    pub fn renewal(&self) -> Option<&HeaderValue> {
        self.0.as_deref()?.renewal.as_ref()
    }

    /// Returns the time at which the identity expires, or `None` if it does not expire.
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
    fn the_subject_is_the_claim_sub_and_cannot_be_replaced() {
        let ann = Identity::user("ann").with_claim("sub", "bob");
        assert_eq!(ann.subject(), Some("ann"));
        assert_eq!(ann.claim("sub"), Some(&json!("ann")));
        assert_eq!(Identity::anonymous().with_claim("tier", "gold").claim("tier"), None);
    }

    #[test]
    fn an_empty_subject_is_anonymous() {
        let anonymous = Identity::user("").with_role("admin").with_claim("tier", "gold");
        assert!(!anonymous.is_authenticated() && !anonymous.has_role("admin"));
        assert_eq!((anonymous.subject(), anonymous.claims().count()), (None, 0));
        assert!(Identity::user(" ").is_authenticated());
    }

    #[test]
    fn a_claim_matches_by_its_text_or_by_an_element_of_its_list() {
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
    fn debug_output_omits_the_values_of_claims() {
        let text = format!("{:?}", Identity::user("ann").with_claim("iban", "DE02"));
        assert!(text.contains("iban") && !text.contains("DE02"), "{text}");
    }
}
