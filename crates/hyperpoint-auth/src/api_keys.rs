//! Authentication of programs by API keys.

use std::fmt;
use std::future::Future;
use std::pin::Pin;

use async_trait::async_trait;
use hmac_sha256::Hash;
use http::header::AUTHORIZATION;
use http::{HeaderName, HeaderValue, request};
use subtle::{Choice, ConstantTimeEq};

use super::bearer::{bearer, challenge, insufficient_scope};
use super::check::Check;
use hyperpoint_core::identity::{AuthenticationScheme, Carrier, Identity, QueryToken, StillHolds};
use hyperpoint_core::problem::Problem;

type Looked = Pin<Box<dyn Future<Output = Result<Option<Identity>, Problem>> + Send>>;
type LookUp = Box<dyn Fn(String) -> Looked + Send + Sync>;

/// Minimum length of a key, in bytes.
const MIN_BYTES: usize = 16;

/// Authenticates programs by an API key in the header `x-api-key`. A key may also be sent in
/// `Authorization: Bearer` if [`bearer`](Self::bearer) is set, and in the query at endpoints that
/// allow it. The scheme's name is `api-key`.
///
/// Only digests of the configured keys are kept, and they are compared in constant time. For keys
/// in a store, set [`look_up`](Self::look_up).
///
/// # Examples
///
/// ```
/// use hyperpoint::Identity;
/// use hyperpoint::schemes::ApiKeys;
///
/// # fn from_the_vault(_: &str) -> String { "0123456789abcdef".to_owned() }
/// let keys = ApiKeys::new()
///     .key(from_the_vault("printer"), Identity::user("printer").with_scope("orders:read"))
///     .key(from_the_vault("billing"), Identity::user("billing").with_role("clerk"));
/// # let _ = keys;
/// ```
pub struct ApiKeys {
    name: String,
    header: HeaderName,
    /// Whether a key in `Authorization: Bearer` is accepted.
    is_bearer: bool,
    /// The SHA-256 of each key.
    keys: Vec<([u8; 32], Identity)>,
    /// Whether a configured key is shorter than `MIN_BYTES`.
    has_short_key: bool,
    look_up: Option<LookUp>,
    check: Check,
}

impl ApiKeys {
    /// Creates a scheme without keys.
    #[must_use]
    pub fn new() -> Self {
        Self {
            name: "api-key".to_owned(),
            header: HeaderName::from_static("x-api-key"),
            is_bearer: false,
            keys: Vec::new(),
            has_short_key: false,
            look_up: None,
            check: Check::default(),
        }
    }

    /// Sets the name by which endpoints require the scheme. Default: `api-key`.
    ///
    /// # Examples
    ///
    /// ```
    /// use hyperpoint::http::HeaderName;
    /// use hyperpoint::schemes::ApiKeys;
    ///
    /// let keys = ApiKeys::new()
    ///     .named("partners")
    ///     .header(HeaderName::from_static("x-partner-key"))
    ///     .look_up(|_key| async { Ok(None) });
    /// # let _ = keys;
    /// ```
    #[must_use]
    pub fn named(mut self, name: impl Into<String>) -> Self {
        self.name = name.into();
        self
    }

    /// Sets the header that contains the key. Default: `x-api-key`.
    #[must_use]
    pub fn header(mut self, header: HeaderName) -> Self {
        self.header = header;
        self
    }

    /// Also accepts a key in `Authorization: Bearer`, as the clients of many APIs send it. If a
    /// request has both headers, only the key in the API key header is used. The challenge of a 401
    /// is `Bearer` (RFC 6750) instead of `ApiKey`. Default: not accepted.
    ///
    /// If the host also has the scheme `Jwt`, which reads the same header, register `Jwt` first, so
    /// that valid tokens are not looked up as keys. `Jwt` ignores values that are not JSON Web
    /// Tokens.
    ///
    /// # Examples
    ///
    /// ```
    /// use hyperpoint::Identity;
    /// use hyperpoint::schemes::ApiKeys;
    ///
    /// # fn from_the_vault(_: &str) -> String { "0123456789abcdef".to_owned() }
    /// let keys = ApiKeys::new().bearer().key(from_the_vault("ann"), Identity::user("ann"));
    /// # let _ = keys;
    /// ```
    #[must_use]
    pub fn bearer(mut self) -> Self {
        self.is_bearer = true;
        self
    }

    /// Adds a key and its identity. A key must have at least 16 bytes and should be random; with a
    /// shorter key, or an anonymous identity, the host does not start.
    ///
    /// # Examples
    ///
    /// ```
    /// use hyperpoint::Identity;
    /// use hyperpoint::schemes::ApiKeys;
    ///
    /// # fn from_the_vault(_: &str) -> String { "0123456789abcdef".to_owned() }
    /// let keys = ApiKeys::new().key(from_the_vault("printer"), Identity::user("printer"));
    /// # let _ = keys;
    /// ```
    #[must_use]
    pub fn key(mut self, key: impl AsRef<[u8]>, identity: Identity) -> Self {
        let key = key.as_ref();
        self.has_short_key |= key.len() < MIN_BYTES;
        self.keys.push((Hash::hash(key), identity));
        self
    }

    /// Sets a function that returns the identity of a key that was not added by [`key`](Self::key),
    /// or `None` if the key is unknown. Store the digests of keys and look a key up by its digest,
    /// so that neither the store nor the duration of the lookup reveals keys.
    ///
    /// # Examples
    ///
    /// ```
    /// use hyperpoint::Identity;
    /// use hyperpoint::schemes::ApiKeys;
    ///
    /// # async fn owner(_: &str) -> std::io::Result<Option<String>> { Ok(None) }
    /// let keys = ApiKeys::new().look_up(|key| async move {
    ///     Ok(owner(&key).await?.map(Identity::user))
    /// });
    /// # let _ = keys;
    /// ```
    #[must_use]
    pub fn look_up<F, Fut>(mut self, look_up: F) -> Self
    where
        F: Fn(String) -> Fut + Send + Sync + 'static,
        Fut: Future<Output = Result<Option<Identity>, Problem>> + Send + 'static,
    {
        self.look_up = Some(Box::new(move |key| Box::pin(look_up(key))));
        self
    }

    /// Sets a function that returns whether the identity of a key is still valid, for keys that can
    /// be revoked. Default: an identity is valid while its key is known.
    ///
    /// The function is called for each request with a valid key, or with a ticket that was issued
    /// for an identity of this scheme, and while a response is streamed, at the interval of the
    /// host's option `revocation_check`. See [`still_holds`](AuthenticationScheme::still_holds).
    ///
    /// # Examples
    ///
    /// ```
    /// use hyperpoint::schemes::ApiKeys;
    ///
    /// # async fn is_withdrawn(_: Option<&str>) -> std::io::Result<bool> { Ok(false) }
    /// let keys = ApiKeys::new()
    ///     .check(|owner| async move { Ok(!is_withdrawn(owner.subject()).await?) });
    /// # let _ = keys;
    /// ```
    #[must_use]
    pub fn check<F, Fut>(mut self, check: F) -> Self
    where
        F: Fn(Identity) -> Fut + Send + Sync + 'static,
        Fut: Future<Output = Result<bool, Problem>> + Send + 'static,
    {
        self.check = Check::new(check);
        self
    }

    /// Returns the key in the request: the value of the API key header, otherwise the bearer token
    /// if it is accepted, otherwise the token in the query. Returns `None` if all are absent.
    fn presented<'r>(&self, request: &'r request::Parts) -> Option<&'r [u8]> {
        let header = request.headers.get(&self.header).map(HeaderValue::as_bytes);
        let token = || bearer(&request.headers).filter(|_| self.is_bearer).map(str::as_bytes);
        header.or_else(token).or_else(|| QueryToken::of(request).map(str::as_bytes))
    }

    /// Returns the identity of a configured key, or `None` if the key is not configured. Compares
    /// the key with all configured keys, so that the duration does not reveal which one matched.
    fn known(&self, key: &[u8]) -> Option<&Identity> {
        let digest: [u8; 32] = Hash::hash(key);
        let mut found = None;
        for (known, identity) in &self.keys {
            let is_same: Choice = known.ct_eq(&digest);
            if bool::from(is_same) {
                found = Some(identity);
            }
        }
        found
    }
}

#[async_trait]
impl AuthenticationScheme for ApiKeys {
    fn name(&self) -> &str {
        &self.name
    }

    fn challenge(&self, request: &request::Parts) -> HeaderValue {
        if self.is_bearer {
            return challenge(self.presented(request).is_some());
        }
        let text = format!("ApiKey header=\"{}\"", self.header);
        HeaderValue::try_from(text).unwrap_or(HeaderValue::from_static("ApiKey"))
    }

    fn insufficient_scope(&self, scopes: &[String]) -> Option<HeaderValue> {
        insufficient_scope(scopes).filter(|_| self.is_bearer)
    }

    fn config_errors(&self) -> Vec<String> {
        let mut errors = Vec::new();
        if self.keys.is_empty() && self.look_up.is_none() {
            errors.push("has no keys; add `.key(…)` or `.look_up(…)`".to_owned());
        }
        if self.keys.iter().any(|(_, identity)| !identity.is_authenticated()) {
            let text = "a key has an anonymous identity; use `Identity::user` with a subject that is \
                        not empty";
            errors.push(text.to_owned());
        }
        if self.has_short_key {
            let text = format!(
                "a key is shorter than {MIN_BYTES} bytes; use at least {MIN_BYTES} random bytes"
            );
            errors.push(text);
        }
        errors
    }

    fn carriers(&self) -> Vec<Carrier> {
        let bearer = self.is_bearer.then_some(Carrier::Bearer(None));
        let header = Carrier::Header(self.header.to_string());
        [header].into_iter().chain(bearer).chain([Carrier::Query]).collect()
    }

    async fn authenticate(&self, request: &request::Parts) -> Result<Option<Identity>, Problem> {
        let Some(key) = self.presented(request) else {
            return Ok(None);
        };
        let found = match (self.known(key), &self.look_up, std::str::from_utf8(key)) {
            (Some(identity), ..) => Some(identity.clone()),
            (None, Some(look_up), Ok(key)) if !key.is_empty() => look_up(key.to_owned()).await?,
            _ => None,
        };
        match found {
            Some(identity) => self.check.admit(identity).await,
            None => Ok(None),
        }
    }

    /// Returns the key, or the whole value of `Authorization` for a bearer token, or `None` if the
    /// request has no key. Other schemes also return the whole value of `Authorization`: a value
    /// that a signed scheme recognizes as its own does not count as a failed attempt.
    fn credentials<'r>(&self, request: &'r request::Parts) -> Option<&'r [u8]> {
        let header = request.headers.get(&self.header).map(HeaderValue::as_bytes);
        let is_bearer = self.is_bearer && bearer(&request.headers).is_some();
        let token = || request.headers.get(AUTHORIZATION).filter(|_| is_bearer);
        let header = header.or_else(|| token().map(HeaderValue::as_bytes));
        header.or_else(|| QueryToken::of(request).map(str::as_bytes))
    }

    fn still_holds<'a>(&'a self, identity: &'a Identity) -> Option<StillHolds<'a>> {
        self.check.ask(identity)
    }
}

impl Default for ApiKeys {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for ApiKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ApiKeys")
            .field("name", &self.name)
            .field("header", &self.header)
            .field("is_bearer", &self.is_bearer)
            .field("keys", &self.keys.len())
            .finish_non_exhaustive()
    }
}
