//! What establishes who asks.

use std::any::type_name;
use std::pin::Pin;
use std::sync::Arc;

use async_trait::async_trait;
use http::header::AUTHORIZATION;
use http::{HeaderValue, request};

use super::identity::Identity;
use super::query_token::QueryToken;
use crate::problem::Problem;

/// Tells whether an identity still holds. Returned by [`AuthenticationScheme::still_holds`].
pub type StillHolds<'a> = Pin<Box<dyn Future<Output = Result<bool, Problem>> + Send + 'a>>;

/// Establishes who sends a request: a bearer token, an API key, a session cookie.
///
/// The host asks its schemes in the order in which they were registered; the first identity wins.
/// An identity that has ended by its `expires_at` is none, and so is an anonymous one.
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
///     fn challenge(&self, _: &request::Parts) -> HeaderValue {
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
    /// The name by which endpoints ask for this scheme; each scheme of a host has its own.
    /// Default: the name of its type, without path and parameters.
    fn name(&self) -> &str {
        let path = type_name::<Self>();
        let path = path.split('<').next().unwrap_or(path);
        path.rsplit("::").next().unwrap_or(path)
    }

    /// The `WWW-Authenticate` value that a 401 to this request carries for this scheme
    /// (RFC 9110 §11.6.1).
    fn challenge(&self, request: &request::Parts) -> HeaderValue;

    /// The `WWW-Authenticate` value of a 403 to a user of this scheme who lacks one of these scopes
    /// (RFC 6750 §3.1). Default: none.
    fn insufficient_scope(&self, scopes: &[String]) -> Option<HeaderValue> {
        let _ = scopes;
        None
    }

    /// What is wrong with how the scheme was set up, a sentence each; with any, no host starts.
    /// Default: nothing.
    fn mistakes(&self) -> Vec<String> {
        Vec::new()
    }

    /// The identity that the request proves; none where it carries no credentials of this scheme,
    /// or ones that do not hold.
    ///
    /// # Errors
    ///
    /// A problem ends the request, for instance when a store of sessions is away.
    async fn authenticate(&self, request: &request::Parts) -> Result<Option<Identity>, Problem>;

    /// Returns the credentials that the request carries for this scheme: a key, a password, the id
    /// of a stored session. Default: the value of `Authorization`, or else the token in the query. A
    /// scheme that reads another header or a cookie overrides this.
    ///
    /// They count against the host's limit on failed authentication
    /// (`ServerOptions::failed_authentications_per_minute`) if no scheme accepts them, also when
    /// another scheme accepts other credentials of the same request. While a network is over that
    /// limit, the host does not call [`authenticate`](Self::authenticate) with credentials that it
    /// has not accepted before.
    ///
    /// A scheme whose credentials are [signed](Self::is_signed) returns those that it recognizes as
    /// its own by their signature or form, also if they have expired. They are not limited, whichever
    /// other scheme reads the same header or the query too.
    fn credentials<'r>(&self, request: &'r request::Parts) -> Option<&'r [u8]> {
        let header = request.headers.get(AUTHORIZATION).map(HeaderValue::as_bytes);
        header.or_else(|| QueryToken::of(request).map(str::as_bytes))
    }

    /// Returns whether the credentials of this scheme are signed, so that nobody guesses them. They
    /// are always checked and never count as failed attempts: most that do not hold have merely
    /// expired. Default: `false`.
    fn is_signed(&self) -> bool {
        false
    }

    /// Asks whether an identity that this scheme established earlier still holds, or was revoked:
    /// its user was locked out, or its session was ended. Default: `None`, for a scheme whose
    /// identities hold until they expire; then nothing is spent on the question.
    ///
    /// The host asks
    ///
    /// - at each request whose identity another scheme [derived](Identity::derived_from) from one of
    ///   this scheme, as a ticket does;
    /// - while an answer is streamed (events, topics, bytes, files), at the interval of its option
    ///   `revocation_check`, 30 s by default and jittered. An event stream whose identity was revoked
    ///   ends like one whose identity expired; a stream of bytes is cut.
    ///
    /// It does not ask at a request that [`authenticate`](Self::authenticate) answered: that has
    /// looked already. An answer that is no stream is not interrupted. The method is also called to
    /// learn whether it returns `Some`, so the work belongs in the future.
    ///
    /// # Errors
    ///
    /// A problem ends a request. A stream goes on, the log has a warning, and the scheme is asked
    /// again after the interval. The same holds for an answer that takes longer than 10 s.
    ///
    /// # Cancel safety
    ///
    /// The future is dropped when the client leaves.
    ///
    /// # Example
    ///
    /// ```
    /// use std::collections::HashSet;
    /// use std::sync::Mutex;
    ///
    /// use http::{HeaderValue, request};
    /// use hyperpoint_core::{AuthenticationScheme, Identity, Problem, StillHolds, async_trait};
    ///
    /// /// Operators by name, who can be dismissed.
    /// struct Operators(Mutex<HashSet<String>>);
    ///
    /// impl Operators {
    ///     fn knows(&self, name: &str) -> bool {
    ///         self.0.lock().is_ok_and(|names| names.contains(name))
    ///     }
    /// }
    ///
    /// #[async_trait]
    /// impl AuthenticationScheme for Operators {
    ///     fn challenge(&self, _: &request::Parts) -> HeaderValue {
    ///         HeaderValue::from_static("Operator")
    ///     }
    ///
    ///     async fn authenticate(&self, request: &request::Parts) -> Result<Option<Identity>, Problem> {
    ///         let name = request.headers.get("x-operator").and_then(|name| name.to_str().ok());
    ///         Ok(name.filter(|name| self.knows(name)).map(Identity::user))
    ///     }
    ///
    ///     fn still_holds<'a>(&'a self, identity: &'a Identity) -> Option<StillHolds<'a>> {
    ///         Some(Box::pin(async move { Ok(identity.subject().is_some_and(|name| self.knows(name))) }))
    ///     }
    /// }
    /// ```
    fn still_holds<'a>(&'a self, identity: &'a Identity) -> Option<StillHolds<'a>> {
        let _ = identity;
        None
    }
}

/// A scheme that is shared, as with the endpoints that sign in: registered as a service and as a
/// scheme.
impl<T: AuthenticationScheme + ?Sized> AuthenticationScheme for Arc<T> {
    fn name(&self) -> &str {
        (**self).name()
    }

    fn challenge(&self, request: &request::Parts) -> HeaderValue {
        (**self).challenge(request)
    }

    fn insufficient_scope(&self, scopes: &[String]) -> Option<HeaderValue> {
        (**self).insufficient_scope(scopes)
    }

    fn mistakes(&self) -> Vec<String> {
        (**self).mistakes()
    }

    // What `async_trait` makes of it, without a second box around the first.
    fn authenticate<'s, 'r, 'f>(
        &'s self,
        request: &'r request::Parts,
    ) -> Pin<Box<dyn Future<Output = Result<Option<Identity>, Problem>> + Send + 'f>>
    where
        's: 'f,
        'r: 'f,
        Self: 'f,
    {
        (**self).authenticate(request)
    }

    fn credentials<'r>(&self, request: &'r request::Parts) -> Option<&'r [u8]> {
        (**self).credentials(request)
    }

    fn is_signed(&self) -> bool {
        (**self).is_signed()
    }

    fn still_holds<'a>(&'a self, identity: &'a Identity) -> Option<StillHolds<'a>> {
        (**self).still_holds(identity)
    }
}
