//! Who asks: the identity behind a request, and the scheme that establishes it.

use std::sync::Arc;

use async_trait::async_trait;
use http::{HeaderValue, request};

use crate::problem::Problem;

/// The user behind a request, or nobody. Cheap to clone.
///
/// # Example
///
/// ```
/// use hyperpoint_core::Identity;
///
/// let ann = Identity::user("ann").with_role("admin");
/// assert_eq!(ann.subject(), Some("ann"));
/// assert!(ann.has_role("admin"));
/// assert!(!Identity::anonymous().is_authenticated());
/// ```
#[derive(Clone, Debug, Default)]
pub struct Identity(Option<Arc<User>>);

#[derive(Clone, Debug, Default)]
struct User {
    subject: String,
    roles: Vec<String>,
}

impl Identity {
    /// Nobody in particular.
    #[must_use]
    pub fn anonymous() -> Self {
        Self(None)
    }

    /// The authenticated user of this id.
    pub fn user(subject: impl Into<String>) -> Self {
        Self(Some(Arc::new(User { subject: subject.into(), roles: Vec::new() })))
    }

    /// Adds a role. An anonymous identity has none and stays as it is.
    #[must_use]
    pub fn with_role(mut self, role: impl Into<String>) -> Self {
        if let Some(user) = &mut self.0 {
            Arc::make_mut(user).roles.push(role.into());
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
        self.0.as_deref().map(|user| user.subject.as_str())
    }

    /// Whether the user has this role.
    #[must_use]
    pub fn has_role(&self, role: &str) -> bool {
        self.0.as_deref().is_some_and(|user| user.roles.iter().any(|held| held == role))
    }
}

/// Establishes who sends a request: a bearer token, an API key, a session cookie.
///
/// The host asks its schemes in the order in which they were registered; the first identity wins.
///
/// # Example
///
/// ```
/// use http::{HeaderValue, request};
/// use hyperpoint_core::{AuthenticationScheme, Identity, Problem, async_trait};
///
/// struct Operator {
///     key: &'static str,
/// }
///
/// #[async_trait]
/// impl AuthenticationScheme for Operator {
///     fn challenge(&self) -> HeaderValue {
///         HeaderValue::from_static("ApiKey")
///     }
///
///     async fn authenticate(&self, request: &request::Parts) -> Result<Option<Identity>, Problem> {
///         let key = request.headers.get("x-api-key");
///         Ok(key.filter(|key| *key == self.key).map(|_| Identity::user("operator")))
///     }
/// }
/// ```
#[async_trait]
pub trait AuthenticationScheme: Send + Sync + 'static {
    /// The `WWW-Authenticate` value that a 401 carries for this scheme (RFC 9110 §11.6.1).
    fn challenge(&self) -> HeaderValue;

    /// The identity that the request proves; none where it carries no credentials of this scheme,
    /// or ones that do not hold.
    ///
    /// # Errors
    ///
    /// A problem ends the request, for instance when a store of sessions is away.
    async fn authenticate(&self, request: &request::Parts) -> Result<Option<Identity>, Problem>;
}
