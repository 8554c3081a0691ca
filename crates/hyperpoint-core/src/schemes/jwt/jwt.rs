//! Users who are known by a bearer token.

use std::fmt;
use std::future::Future;
use std::sync::OnceLock;
use std::time::Duration;

use async_trait::async_trait;
use http::{HeaderValue, request};
use jsonwebtoken::crypto::rust_crypto::DEFAULT_PROVIDER;
use jsonwebtoken::{Validation, decode, decode_header};
use serde_json::{Map, Value};

use super::algorithm::JwtAlgorithm;
use super::bearer::bearer;
use super::claims::ClaimNames;
use super::key::{InvalidJwtKey, JwtKey};
use super::known_keys::{FetchedKeys, KnownKeys, parse};
use super::rules::{Asked, Rules};
use crate::identity::{AuthenticationScheme, Identity, QueryToken, StillHolds};
use crate::problem::Problem;
use crate::schemes::check::Check;
use crate::schemes::credentials::cookie;
use crate::schemes::cross_origin::refuse_cross_origin;

const MAX_LEEWAY: Duration = Duration::from_mins(10);

/// Knows users by a JSON Web Token in `Authorization: Bearer` (RFC 6750, RFC 7519). Its name is
/// `jwt`.
///
/// A token holds if a known key signed it by that key's own algorithm, if it has not ended and has
/// begun, if it is of one of the issuers and for one of the audiences, and if it has a subject.
/// Issuer, audience and end are asked for unless they are waived by name; a host does not start
/// before that was decided.
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
    name: String,
    keys: KnownKeys,
    rules: Rules,
    names: ClaimNames,
    cookie: Option<String>,
    trusted: Vec<String>,
    check: Check,
    /// Whether a key was given beside a source of keys.
    has_stray_key: bool,
    /// What is asked of a token, by the algorithm of its key.
    validations: OnceLock<Vec<Validation>>,
}

impl Jwt {
    /// Believes tokens that this key signed.
    #[must_use]
    pub fn new(key: JwtKey) -> Self {
        Self::with(KnownKeys::Given(vec![key]))
    }

    /// Believes tokens of these algorithms that a key of this JSON Web Key Set signed (RFC 7517).
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
    /// It is asked at the first token, at one with an unknown `kid`, and when the set is an hour
    /// old; never more often than once a minute, and for ten seconds at most. While it fails, the
    /// keys that it gave last hold; before it gave any, requests with a token are a 503.
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
        let fetch = Box::new(move || Box::pin(source()) as _);
        Self::with(KnownKeys::Fetched(FetchedKeys::new(algorithms, fetch)))
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

    /// How often a source of keys is asked at most, and how old its set may become. Default: once a
    /// minute, an hour.
    #[must_use]
    pub fn refresh(mut self, every: Duration, max_age: Duration) -> Self {
        if let KnownKeys::Fetched(source) = &mut self.keys {
            (source.every, source.max_age) = (every, max_age);
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

    /// The user of a token that holds.
    async fn verify(&self, token: &str) -> Result<Option<Identity>, Problem> {
        let Ok(header) = decode_header(token) else {
            return Ok(refused("it is no token"));
        };
        // What the header calls critical has to be understood (RFC 7515 §4.1.11), and nothing is.
        if header.crit.is_some() {
            return Ok(refused("it has critical extensions"));
        }
        let Some(key) = self.keys.find(header.kid.as_deref()).await? else {
            return Ok(refused("its key is not known"));
        };
        if header.alg != key.algorithm.code() {
            return Ok(refused("its algorithm is not that of the key"));
        }
        let validations = self.validations.get_or_init(|| self.rules.validations());
        let is_own = |validation: &&Validation| validation.algorithms == [header.alg];
        let Some(validation) = validations.iter().find(is_own) else {
            return Ok(refused("its algorithm is not known"));
        };
        let identity = match decode::<Map<String, Value>>(token, &key.key, validation) {
            Ok(token) => self.names.identity(token.claims, self.rules.leeway),
            Err(error) => return Ok(refused(&error.to_string())),
        };
        match identity {
            Some(identity) => self.check.admit(identity).await,
            None => Ok(None),
        }
    }
}

/// Tells the log why a token does not hold, and nothing of the token.
fn refused(reason: &str) -> Option<Identity> {
    tracing::debug!(reason, "a bearer token does not hold");
    None
}

#[async_trait]
impl AuthenticationScheme for Jwt {
    fn name(&self) -> &str {
        &self.name
    }

    fn challenge(&self, request: &request::Parts) -> HeaderValue {
        // A token was there, and did not hold (RFC 6750 §3.1).
        HeaderValue::from_static(match bearer(&request.headers).or(QueryToken::of(request)) {
            Some(_) => r#"Bearer error="invalid_token""#,
            None => "Bearer",
        })
    }

    fn insufficient_scope(&self, scopes: &[String]) -> Option<HeaderValue> {
        let scopes = scopes.join(" ");
        let text = format!(r#"Bearer error="insufficient_scope", scope="{scopes}""#);
        HeaderValue::try_from(text).ok()
    }

    fn mistakes(&self) -> Vec<String> {
        let is_open = |asked: &Asked| asked.values().is_some_and(<[String]>::is_empty);
        let mut mistakes = Vec::new();
        let mut tell = |is_so: bool, text: &str| {
            if is_so {
                mistakes.push(text.to_owned());
            }
        };
        tell(
            is_open(&self.rules.issuers),
            "says of no issuer that it is believed; add `.issuer(…)`, or `.accept_any_issuer()`",
        );
        tell(
            is_open(&self.rules.audiences),
            "says of no audience that it is its own; add `.audience(…)`, or \
             `.accept_any_audience()`",
        );
        let stray = "a key beside a source of keys is never used; give it a scheme of its own";
        tell(self.has_stray_key, stray);
        let KnownKeys::Given(keys) = &self.keys else {
            return mistakes;
        };
        let is_short = keys.iter().any(|key| key.is_short);
        tell(is_short, "a secret is shorter than 32 bytes; make it of random ones");
        let is_unnamed = keys.len() > 1 && keys.iter().any(|key| key.id.is_none());
        tell(is_unnamed, "one of several keys has no id; add `.id(…)` to it");
        mistakes
    }

    async fn authenticate(&self, request: &request::Parts) -> Result<Option<Identity>, Problem> {
        if let Some(token) = bearer(&request.headers) {
            return self.verify(token).await;
        }
        let name = self.cookie.as_deref();
        if let Some(token) = name.and_then(|name| cookie(&request.headers, name)) {
            let identity = self.verify(token).await?;
            if identity.is_some() {
                refuse_cross_origin(request, &self.trusted)?;
            }
            return Ok(identity);
        }
        match QueryToken::of(request) {
            Some(token) => self.verify(token).await,
            None => Ok(None),
        }
    }

    fn still_holds<'a>(&'a self, identity: &'a Identity) -> Option<StillHolds<'a>> {
        self.check.ask(identity)
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
