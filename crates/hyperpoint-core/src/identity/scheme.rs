//! The interface of authentication schemes.

use std::any::type_name;
use std::pin::Pin;
use std::sync::Arc;

use async_trait::async_trait;
use http::header::AUTHORIZATION;
use http::{HeaderValue, request};

use super::carrier::Carrier;
use super::identity::Identity;
use super::query_token::QueryToken;
use crate::problem::Problem;

/// A future that resolves to whether an identity is still valid. Returned by
/// [`AuthenticationScheme::still_holds`].
///
/// # Examples
///
/// ```
/// use hyperpoint::{Identity, StillHolds};
///
/// fn still_holds<'a>(identity: &'a Identity) -> Option<StillHolds<'a>> {
///     Some(Box::pin(async move { Ok(identity.subject() != Some("mallory")) }))
/// }
/// # let _ = still_holds(&Identity::anonymous());
/// ```
pub type StillHolds<'a> = Pin<Box<dyn Future<Output = Result<bool, Problem>> + Send + 'a>>;

/// Authenticates requests by one kind of credentials, such as bearer tokens, API keys or session
/// cookies.
///
/// For each request, the host calls the schemes that the endpoint accepts, in the order of their
/// registration, until a scheme returns an identity that is authenticated and whose `expires_at`
/// has not passed.
///
/// # Examples
///
/// ```
/// use hyperpoint::http::{HeaderValue, request};
/// use hyperpoint::{AuthenticationScheme, Identity, Problem, async_trait};
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
    /// Returns the name by which endpoints require this scheme. It must be unique within a host.
    /// Default: the name of the type, without path and type parameters.
    fn name(&self) -> &str {
        let path = type_name::<Self>();
        let path = path.split('<').next().unwrap_or(path);
        path.rsplit("::").next().unwrap_or(path)
    }

    /// Returns the `WWW-Authenticate` value of this scheme for a 401 to this request (RFC 9110
    /// §11.6.1).
    fn challenge(&self, request: &request::Parts) -> HeaderValue;

    /// Returns the `WWW-Authenticate` value for a 403 to a user of this scheme who does not have
    /// the required scopes (RFC 6750 §3.1). Default: `None`.
    fn insufficient_scope(&self, scopes: &[String]) -> Option<HeaderValue> {
        let _ = scopes;
        None
    }

    /// Returns the configuration errors of the scheme, one message each. If there is an error, the
    /// host does not start. Default: no errors.
    fn config_errors(&self) -> Vec<String> {
        Vec::new()
    }

    /// Returns the locations of the credentials in a request, for generated documents. Default: the
    /// header `Authorization`.
    ///
    /// # Examples
    ///
    /// ```
    /// use hyperpoint::schemes::ApiKeys;
    /// use hyperpoint::{AuthenticationScheme, Carrier};
    ///
    /// assert_eq!(ApiKeys::new().carriers(), [Carrier::Header("x-api-key".to_owned()), Carrier::Query]);
    /// ```
    fn carriers(&self) -> Vec<Carrier> {
        vec![Carrier::Header(AUTHORIZATION.to_string())]
    }

    /// Authenticates the request. Returns `None` if the request has no credentials of this scheme,
    /// or if they are invalid.
    ///
    /// # Errors
    ///
    /// A problem becomes the response to the request, for instance if the session store is
    /// unavailable. Schemes that are registered later are then not called.
    async fn authenticate(&self, request: &request::Parts) -> Result<Option<Identity>, Problem>;

    /// Returns the credentials in the request for this scheme, such as a key, a password or the id
    /// of a stored session, or `None` if the request has none. Default: the value of
    /// `Authorization`, or else the token in the query. Override this in a scheme that reads
    /// another header or a cookie.
    ///
    /// The credentials count towards the host's limit on failed authentication
    /// (`ServerOptions::failed_authentications_per_minute`) if no scheme accepts them, even if
    /// another scheme accepts other credentials of the same request. While the network of the
    /// client exceeds that limit, the host does not call [`authenticate`](Self::authenticate) for
    /// credentials that it has not accepted before.
    ///
    /// A scheme whose credentials are [signed](Self::is_signed) returns only credentials that it
    /// recognizes as its own by their signature or form, even if they have expired. The limit does
    /// not apply to these credentials, even if another scheme reads the same header or the query.
    fn credentials<'r>(&self, request: &'r request::Parts) -> Option<&'r [u8]> {
        let header = request.headers.get(AUTHORIZATION).map(HeaderValue::as_bytes);
        header.or_else(|| QueryToken::of(request).map(str::as_bytes))
    }

    /// Returns whether the credentials of this scheme are signed, so that they cannot be guessed.
    /// Signed credentials are always checked and never count as failed attempts, because most
    /// invalid signed credentials have merely expired. Default: `false`.
    fn is_signed(&self) -> bool {
        false
    }

    /// Returns a check that reports whether an identity of this scheme is still valid. An identity
    /// can be revoked before it expires, for instance because the user is locked out or ends the
    /// session. Default: `None`, which means that identities are valid until they expire and that
    /// no check is made.
    ///
    /// The host makes this check:
    ///
    /// - for each request whose identity another scheme [derived](Identity::derived_from) from an
    ///   identity of this scheme, as `Tickets` does;
    /// - while a response is streamed (events, topics, bytes, files), at the interval of the option
    ///   `ServerOptions::revocation_check` (default: 30 s), multiplied by a random factor from 0.8
    ///   to 1. If the identity was revoked, an event stream ends as if the identity had expired,
    ///   and any other streamed response is aborted.
    ///
    /// The host does not make the check for a request that [`authenticate`](Self::authenticate) of
    /// this scheme has just authenticated, and does not interrupt responses that are not streamed.
    /// The host may drop the returned future without polling it, because the host also calls this
    /// method to find out whether the identity can be checked. Therefore, make the check only when
    /// the future is polled.
    ///
    /// # Errors
    ///
    /// For a request, a problem becomes the response. A streamed response continues if the check
    /// fails, panics or takes longer than 10 s: a warning is logged, and the check is repeated
    /// after the interval.
    ///
    /// # Cancel safety
    ///
    /// The future is dropped when the client disconnects.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::collections::HashSet;
    /// use std::sync::Mutex;
    ///
    /// use hyperpoint::http::{HeaderValue, request};
    /// use hyperpoint::{AuthenticationScheme, Identity, Problem, StillHolds, async_trait};
    ///
    /// /// The names of the current operators.
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

/// Implements the trait for a shared scheme, which can be registered both as a scheme and as a
/// service for the endpoints that sign users in.
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

    fn config_errors(&self) -> Vec<String> {
        (**self).config_errors()
    }

    fn carriers(&self) -> Vec<Carrier> {
        (**self).carriers()
    }

    // Written as `async_trait` expands it, to avoid a second box around the inner future.
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
