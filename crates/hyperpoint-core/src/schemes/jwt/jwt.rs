//! Users who are known by a bearer token.

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
use super::rules::{Asked, Rules};
use crate::identity::Identity;
use crate::problem::Problem;
use crate::schemes::check::Check;

const MAX_LEEWAY: Duration = Duration::from_mins(10);

/// Knows users by a JSON Web Token in `Authorization: Bearer` (RFC 6750, RFC 7519). Its name is
/// `jwt`.
///
/// A token holds if a known key signed it by that key's own algorithm, if it has not ended and has
/// begun, if it is of one of the issuers and for one of the audiences, and if it has a subject that
/// is not empty. Issuer, audience and end are asked for unless they are waived by name; a host does
/// not start before that was decided.
///
/// A token names no scheme: two schemes with one key, issuer and audience take each other's tokens.
///
/// # Example
///
/// ```
/// use hyperpoint_core::schemes::{Jwt, JwtKey};
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
    /// Whether a key was given beside a source of keys.
    pub(super) has_stray_key: bool,
    /// What is asked of a token, by the algorithm of its key.
    pub(super) validations: OnceLock<Vec<Validation>>,
}

impl Jwt {
    /// Believes tokens that this key signed.
    #[must_use]
    pub fn new(key: JwtKey) -> Self {
        Self::with(KnownKeys::Given(vec![key]))
    }

    /// Believes tokens of these algorithms that a key of this JSON Web Key Set signed (RFC 7517).
    /// Keys that can't be used are skipped, as by [`key_source`](Self::key_source).
    ///
    /// # Errors
    ///
    /// A text that is no such set, or that has no key for these algorithms.
    pub fn key_set(
        algorithms: impl IntoIterator<Item = JwtAlgorithm>,
        json: &str,
    ) -> Result<Self, InvalidJwtKey> {
        let algorithms: Vec<_> = algorithms.into_iter().collect();
        Ok(Self::with(KnownKeys::Given(parse(json, &algorithms)?)))
    }

    /// Believes tokens of these algorithms that a key of a JSON Web Key Set signed, which this
    /// source gives as text, as from the provider's `jwks_uri` by an HTTP client of yours.
    ///
    /// A set is fetched at the first token, at a token with an unknown `kid`, and when the last set
    /// is an hour old. A fetch may take ten seconds. There is one at a time, and never more than one
    /// a minute, whether or not it succeeds: it belongs to the scheme, in a task of its own, and a
    /// client that hangs up does not end it.
    ///
    /// A token with a known `kid` never waits for a fetch; one with an unknown `kid` waits for the
    /// fetch under way, and is refused if the `kid` is still unknown. While the source fails, the
    /// keys that it gave last hold; before it gave any, requests with a token are a 503.
    ///
    /// Keys of a set that can't be used are skipped one by one, with a line in the log: keys for
    /// other algorithms or purposes, RSA keys with fewer than 2,048 bits, entries with faults, and
    /// the second of two with one `kid` and algorithm.
    ///
    /// # Example
    ///
    /// ```
    /// use hyperpoint_core::schemes::{Jwt, JwtAlgorithm};
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
        // Where the program has another provider too, the library would not know which to take.
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

    /// Also believes tokens that this key signed. Several keys need ids.
    #[must_use]
    pub fn key(mut self, key: JwtKey) -> Self {
        match &mut self.keys {
            KnownKeys::Given(keys) => keys.push(key),
            KnownKeys::Fetched(_) => self.has_stray_key = true,
        }
        self
    }

    /// The least time between two fetches from a source of keys, and the age at which a set is
    /// fetched again. Default: a minute, an hour.
    #[must_use]
    pub fn refresh(mut self, every: Duration, max_age: Duration) -> Self {
        if let KnownKeys::Fetched(source) = &mut self.keys {
            source.refresh(every, max_age);
        }
        self
    }

    /// The name by which endpoints ask for the scheme. Default: `jwt`.
    #[must_use]
    pub fn named(mut self, name: impl Into<String>) -> Self {
        self.name = name.into();
        self
    }

    /// Believes tokens of this issuer (`iss`). Several are each believed.
    #[must_use]
    pub fn issuer(mut self, issuer: impl Into<String>) -> Self {
        self.rules.issuers.or(issuer.into());
        self
    }

    /// Believes tokens of any issuer, and those that name none.
    #[must_use]
    pub fn accept_any_issuer(mut self) -> Self {
        self.rules.issuers = Asked::Anything;
        self
    }

    /// Believes tokens for this audience (`aud`). Several are each believed.
    #[must_use]
    pub fn audience(mut self, audience: impl Into<String>) -> Self {
        self.rules.audiences.or(audience.into());
        self
    }

    /// Believes tokens for any audience, and those that name none: also those that were issued for
    /// another service.
    #[must_use]
    pub fn accept_any_audience(mut self) -> Self {
        self.rules.audiences = Asked::Anything;
        self
    }

    /// Believes tokens that have no end (`exp`). One that is there counts.
    #[must_use]
    pub fn accept_without_expiry(mut self) -> Self {
        self.rules.needs_expiry = false;
        self
    }

    /// How far the clocks of issuer and host may be apart. Default: 30 s; at most 10 min.
    #[must_use]
    pub fn leeway(mut self, leeway: Duration) -> Self {
        self.rules.leeway = leeway.min(MAX_LEEWAY);
        self
    }

    /// The claim that has the roles: a list or a text with spaces between; `realm_access.roles`
    /// looks into an object. Default: `roles`.
    #[must_use]
    pub fn roles_from(mut self, claim: impl Into<String>) -> Self {
        self.names.roles = claim.into();
        self
    }

    /// The claim that has the permissions. Default: `permissions`.
    #[must_use]
    pub fn permissions_from(mut self, claim: impl Into<String>) -> Self {
        self.names.permissions = claim.into();
        self
    }

    /// The claim that has the scopes. Default: `scope`.
    #[must_use]
    pub fn scopes_from(mut self, claim: impl Into<String>) -> Self {
        self.names.scopes = claim.into();
        self
    }

    /// Also takes a token from this cookie. A request that changes something, carries it and may
    /// come from a page of another origin is then refused with a 403. Default: none.
    #[must_use]
    pub fn cookie(mut self, name: impl Into<String>) -> Self {
        self.cookie = Some(name.into());
        self
    }

    /// Lets pages of these origins change things by the cookie. Default: the host's own alone.
    #[must_use]
    pub fn trust_origins<'o>(mut self, origins: impl IntoIterator<Item = &'o str>) -> Self {
        self.trusted.extend(origins.into_iter().map(str::to_owned));
        self
    }

    /// Asks whether a token still holds: for users who were locked out, and for tokens that were
    /// revoked by their `jti`. Default: every token holds until its end.
    ///
    /// The closure is asked at every request that comes with a token, or with a ticket that was
    /// issued to one, and while an answer is streamed to one, at the interval of the host's option
    /// `revocation_check`. See [`still_holds`](AuthenticationScheme::still_holds).
    ///
    /// # Example
    ///
    /// ```
    /// use hyperpoint_core::schemes::{Jwt, JwtKey};
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
