//! Authentication of users by JSON Web Tokens.

use std::fmt;
use std::future::Future;
use std::sync::OnceLock;
use std::time::Duration;

use jsonwebtoken::Validation;
use jsonwebtoken::crypto::rust_crypto::DEFAULT_PROVIDER;

use super::algorithm::JwtAlgorithm;
use super::claims::ClaimNames;
use super::fetched_keys::FetchedKeys;
use super::key::{InvalidJwtKey, JwtKey};
use super::key_set::parse;
use super::known_keys::KnownKeys;
use super::rules::{ClaimRule, Rules};
use crate::check::Check;
use hyperpoint_core::identity::Identity;
use hyperpoint_core::problem::Problem;

/// Maximum tolerated difference between the clocks of issuer and host.
const MAX_LEEWAY: Duration = Duration::from_mins(10);

/// Authenticates users by a JSON Web Token in `Authorization: Bearer` (RFC 6750, RFC 7519) or, at
/// endpoints that allow it, in the query. The scheme's name is `jwt`. Needs the feature `jwt`.
///
/// A token is valid if a known key signed it with that key's algorithm, if its validity period has
/// started (`nbf`) and not ended (`exp`), with the tolerance of [`leeway`](Self::leeway), if it has
/// one of the accepted issuers and one of the accepted audiences, and if its subject is not empty.
/// Issuer, audience and expiry are required unless explicitly waived; a host does not start if
/// issuer or audience is neither configured nor waived.
///
/// A token does not name a scheme: two schemes with the same key, issuer and audience accept each
/// other's tokens.
///
/// # Examples
///
/// ```
/// use hyperpoint::schemes::{Jwt, JwtKey};
///
/// # fn from_the_vault(_: &str) -> Vec<u8> { vec![7; 32] }
/// let jwt = Jwt::new(JwtKey::secret(from_the_vault("tokens")))
///     .issuer("https://id.example")
///     .audience("orders");
/// # let _ = jwt;
/// ```
pub struct Jwt {
    pub(super) name: String,
    pub(super) keys: KnownKeys,
    pub(super) rules: Rules,
    pub(super) names: ClaimNames,
    pub(super) cookie: Option<String>,
    pub(super) trusted: Vec<String>,
    pub(super) check: Check,
    /// Whether `key` was called on a scheme with a key source.
    pub(super) has_stray_key: bool,
    /// The validation rules for each algorithm, built on first use.
    pub(super) validations: OnceLock<Vec<Validation>>,
}

impl Jwt {
    /// Creates a scheme that accepts tokens signed by this key.
    #[must_use]
    pub fn new(key: JwtKey) -> Self {
        Self::with(KnownKeys::Given(vec![key]))
    }

    /// Creates a scheme that accepts tokens of these algorithms, signed by a key of this JSON Web
    /// Key Set (RFC 7517). Unusable keys are skipped, as by [`key_source`](Self::key_source).
    ///
    /// # Errors
    ///
    /// Returns [`InvalidJwtKey`] if the text is not a key set, or if it has no key for these
    /// algorithms.
    ///
    /// # Examples
    ///
    /// ```
    /// use hyperpoint::schemes::{Jwt, JwtAlgorithm};
    ///
    /// let json = r#"{"keys": [{"kty": "OKP", "crv": "Ed25519", "kid": "1",
    ///     "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}]}"#;
    /// let jwt = Jwt::key_set([JwtAlgorithm::EdDsa], json)?
    ///     .issuer("https://id.example")
    ///     .audience("orders");
    /// # let _ = jwt;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn key_set(
        algorithms: impl IntoIterator<Item = JwtAlgorithm>,
        json: &str,
    ) -> Result<Self, InvalidJwtKey> {
        let algorithms: Vec<_> = algorithms.into_iter().collect();
        Ok(Self::with(KnownKeys::Given(parse(json, &algorithms)?)))
    }

    /// Creates a scheme that accepts tokens of these algorithms, signed by a key of a JSON Web Key
    /// Set that this function returns as text. The function typically fetches the provider's
    /// `jwks_uri` with an HTTP client of the application.
    ///
    /// The set is fetched for the first token, for a token with an unknown `kid`, when the last set
    /// is an hour old, and a minute after a fetch failed. At most one fetch runs at a time, and at
    /// most one starts per minute, whether or not it succeeds; [`refresh`](Self::refresh) changes
    /// the hour and the minute. A fetch times out after ten seconds. It runs in a task of the
    /// scheme, so a client that disconnects does not cancel the fetch.
    ///
    /// A token with a known `kid` never waits for a fetch. A token with an unknown `kid` waits for
    /// the running fetch, if there is one, for at most ten seconds, and is refused if the `kid` is
    /// still unknown. While the source fails, the last keys are used; until the first successful
    /// fetch, requests with a token get a 503.
    ///
    /// Unusable keys of a set are skipped individually and logged: keys for other algorithms or
    /// purposes, RSA keys with fewer than 2,048 or more than 4,096 bits, malformed entries, the
    /// second of two keys with the same `kid` and algorithm, and keys without a `kid` if the set
    /// has several keys.
    ///
    /// # Examples
    ///
    /// ```
    /// use hyperpoint::schemes::{Jwt, JwtAlgorithm};
    ///
    /// # struct Client;
    /// # impl Client {
    /// #     async fn get_text(&self, _: &str) -> std::io::Result<String> { Ok(String::new()) }
    /// # }
    /// # let client = std::sync::Arc::new(Client);
    /// let jwt = Jwt::key_source([JwtAlgorithm::Rs256], move || {
    ///     let client = client.clone();
    ///     async move { Ok(client.get_text("https://id.example/jwks.json").await?) }
    /// });
    /// # let _ = jwt;
    /// ```
    #[must_use]
    pub fn key_source<F, Fut>(algorithms: impl IntoIterator<Item = JwtAlgorithm>, source: F) -> Self
    where
        F: Fn() -> Fut + Send + Sync + 'static,
        Fut: Future<Output = Result<String, Problem>> + Send + 'static,
    {
        let algorithms = algorithms.into_iter().collect();
        Self::with(KnownKeys::Fetched(FetchedKeys::new(algorithms, source)))
    }

    fn with(keys: KnownKeys) -> Self {
        // Without this call, the library cannot choose a crypto provider if the program links
        // several.
        let _ = DEFAULT_PROVIDER.install_default();
        Self {
            name: "jwt".to_owned(),
            keys,
            rules: Rules::default(),
            names: ClaimNames::default(),
            cookie: None,
            trusted: Vec::new(),
            check: Check::default(),
            has_stray_key: false,
            validations: OnceLock::new(),
        }
    }

    /// Also accepts tokens signed by this key. A host does not start if one of several keys has no
    /// [id](JwtKey::id), or if this method is called on a scheme with a [key
    /// source](Self::key_source).
    ///
    /// # Examples
    ///
    /// ```
    /// use hyperpoint::schemes::{Jwt, JwtKey};
    ///
    /// # fn from_the_vault(_: &str) -> Vec<u8> { vec![7; 32] }
    /// let jwt = Jwt::new(JwtKey::secret(from_the_vault("tokens-2026-11")).id("2026-11"))
    ///     .key(JwtKey::secret(from_the_vault("tokens-2026-10")).id("2026-10"))
    ///     .issuer("https://id.example")
    ///     .audience("orders");
    /// # let _ = jwt;
    /// ```
    #[must_use]
    pub fn key(mut self, key: JwtKey) -> Self {
        match &mut self.keys {
            KnownKeys::Given(keys) => keys.push(key),
            KnownKeys::Fetched(_) => self.has_stray_key = true,
        }
        self
    }

    /// Sets the minimum time between two fetches from a key source, and the age at which a set is
    /// fetched again. No effect without a key source. Defaults: one minute and one hour.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::time::Duration;
    ///
    /// use hyperpoint::schemes::{Jwt, JwtAlgorithm};
    ///
    /// let jwt = Jwt::key_source([JwtAlgorithm::Es256], || async { Ok("{}".to_owned()) })
    ///     .refresh(Duration::from_secs(30), Duration::from_secs(600));
    /// # let _ = jwt;
    /// ```
    #[must_use]
    pub fn refresh(mut self, every: Duration, max_age: Duration) -> Self {
        if let KnownKeys::Fetched(source) = &mut self.keys {
            source.refresh(every, max_age);
        }
        self
    }

    /// Sets the name by which endpoints require the scheme. Default: `jwt`.
    #[must_use]
    pub fn named(mut self, name: impl Into<String>) -> Self {
        self.name = name.into();
        self
    }

    /// Accepts tokens of this issuer (`iss`). May be called several times to accept several
    /// issuers.
    #[must_use]
    pub fn issuer(mut self, issuer: impl Into<String>) -> Self {
        self.rules.issuers.or(issuer.into());
        self
    }

    /// Accepts tokens of any issuer, and tokens without an issuer.
    ///
    /// # Examples
    ///
    /// ```
    /// use hyperpoint::schemes::{Jwt, JwtKey};
    ///
    /// // The key is used by this service only, so its tokens need neither issuer nor audience.
    /// let jwt = Jwt::new(JwtKey::secret([7; 32]))
    ///     .accept_any_issuer()
    ///     .accept_any_audience()
    ///     .accept_without_expiry();
    /// # let _ = jwt;
    /// ```
    #[must_use]
    pub fn accept_any_issuer(mut self) -> Self {
        self.rules.issuers = ClaimRule::Any;
        self
    }

    /// Accepts tokens for this audience (`aud`). May be called several times to accept several
    /// audiences.
    #[must_use]
    pub fn audience(mut self, audience: impl Into<String>) -> Self {
        self.rules.audiences.or(audience.into());
        self
    }

    /// Accepts tokens for any audience, and tokens without an audience. The host then also accepts
    /// tokens that were issued for another service.
    #[must_use]
    pub fn accept_any_audience(mut self) -> Self {
        self.rules.audiences = ClaimRule::Any;
        self
    }

    /// Accepts tokens without an expiry (`exp`). An `exp` that is present is still enforced.
    #[must_use]
    pub fn accept_without_expiry(mut self) -> Self {
        self.rules.needs_expiry = false;
        self
    }

    /// Sets the tolerated difference between the clocks of issuer and host. Default: 30 s; maximum:
    /// 10 min.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::time::Duration;
    ///
    /// use hyperpoint::schemes::{Jwt, JwtKey};
    ///
    /// let jwt = Jwt::new(JwtKey::secret([7; 32])).leeway(Duration::from_secs(5));
    /// # let _ = jwt;
    /// ```
    #[must_use]
    pub fn leeway(mut self, leeway: Duration) -> Self {
        self.rules.leeway = leeway.min(MAX_LEEWAY);
        self
    }

    /// Sets the claim that contains the roles: a list, or one string of roles separated by spaces.
    /// A name such as `realm_access.roles` is a path into an object. Default: `roles`.
    ///
    /// # Examples
    ///
    /// ```
    /// use hyperpoint::schemes::{Jwt, JwtKey};
    ///
    /// let jwt = Jwt::new(JwtKey::secret([7; 32]))
    ///     .roles_from("realm_access.roles")
    ///     .permissions_from("https://shop.example/permissions")
    ///     .scopes_from("scp");
    /// # let _ = jwt;
    /// ```
    #[must_use]
    pub fn roles_from(mut self, claim: impl Into<String>) -> Self {
        self.names.roles = claim.into();
        self
    }

    /// Sets the claim that contains the permissions. Default: `permissions`.
    #[must_use]
    pub fn permissions_from(mut self, claim: impl Into<String>) -> Self {
        self.names.permissions = claim.into();
        self
    }

    /// Sets the claim that contains the scopes. Default: `scope`.
    #[must_use]
    pub fn scopes_from(mut self, claim: impl Into<String>) -> Self {
        self.names.scopes = claim.into();
        self
    }

    /// Also accepts a token in this cookie, if the request has no bearer token in `Authorization`.
    /// An unsafe request with a valid token in the cookie is refused with a 403 if it may come from
    /// a page of another origin. Default: no cookie is read.
    ///
    /// # Examples
    ///
    /// ```
    /// use hyperpoint::schemes::{Jwt, JwtKey};
    ///
    /// let jwt = Jwt::new(JwtKey::secret([7; 32]))
    ///     .cookie("token")
    ///     .trust_origins(["https://app.example"]);
    /// # let _ = jwt;
    /// ```
    #[must_use]
    pub fn cookie(mut self, name: impl Into<String>) -> Self {
        self.cookie = Some(name.into());
        self
    }

    /// Accepts unsafe requests with the cookie from pages of these origins. Default: only the
    /// host's own origin is accepted.
    #[must_use]
    pub fn trust_origins<'o>(mut self, origins: impl IntoIterator<Item = &'o str>) -> Self {
        self.trusted.extend(origins.into_iter().map(str::to_owned));
        self
    }

    /// Sets a function that returns whether a token is still valid, for users who were locked out,
    /// and for tokens that were revoked by their `jti`. Default: every token is valid until its
    /// expiry.
    ///
    /// The function is called for each request with a valid token, or with a ticket that was issued
    /// for an identity of this scheme, and while a response is streamed, at the interval of the
    /// host's option `revocation_check`. See
    /// [`still_holds`](hyperpoint_core::AuthenticationScheme::still_holds).
    ///
    /// # Examples
    ///
    /// ```
    /// use hyperpoint::schemes::{Jwt, JwtKey};
    ///
    /// # async fn is_revoked(_: String) -> std::io::Result<bool> { Ok(false) }
    /// let jwt = Jwt::new(JwtKey::secret([7; 32]))
    ///     .issuer("https://id.example")
    ///     .audience("orders")
    ///     .check(|user| async move {
    ///         match user.claim("jti").and_then(|id| id.as_str()) {
    ///             Some(id) => Ok(!is_revoked(id.to_owned()).await?),
    ///             None => Ok(false),
    ///         }
    ///     });
    /// # let _ = jwt;
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
}

impl fmt::Debug for Jwt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Jwt")
            .field("name", &self.name)
            .field("keys", &self.keys)
            .field("rules", &self.rules)
            .finish_non_exhaustive()
    }
}
