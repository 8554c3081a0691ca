//! The issuer of JSON Web Tokens.

use std::fmt;
use std::time::{Duration, SystemTime};

use jsonwebtoken::crypto::rust_crypto::DEFAULT_PROVIDER;
use jsonwebtoken::jwk::Jwk;
use jsonwebtoken::{AlgorithmFamily, EncodingKey, Header, encode};
use serde_json::{Map, Value};

use super::algorithm::JwtAlgorithm;
use super::key::InvalidJwtKey;
use super::sound_key::check;
use crate::stored::seconds;
use hyperpoint_core::identity::Identity;
use hyperpoint_core::problem::Problem;

/// The default lifetime of a token.
const LIFETIME: Duration = Duration::from_mins(15);

/// Issues signed tokens, for an endpoint that signs users in, and for tests. The `Debug` output
/// omits the key. Needs the feature `jwt`.
///
/// # Examples
///
/// ```
/// use hyperpoint::Identity;
/// use hyperpoint::schemes::JwtIssuer;
///
/// # fn from_the_vault(_: &str) -> Vec<u8> { vec![7; 32] }
/// # fn main() -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
/// let issuer = JwtIssuer::secret(from_the_vault("tokens"))
///     .issuer("https://id.example")
///     .audience("orders");
/// let token = issuer.issue(&Identity::user("ann").with_role("clerk"))
///     .map_err(|problem| problem.into_error())?;
/// # assert_eq!(token.split('.').count(), 3);
/// # Ok(())
/// # }
/// ```
pub struct JwtIssuer {
    id: Option<String>,
    algorithm: JwtAlgorithm,
    key: EncodingKey,
    /// Whether the secret is shorter than its algorithm requires.
    is_short: bool,
    issuer: Option<String>,
    audience: Option<String>,
    lifetime: Duration,
}

impl JwtIssuer {
    /// Creates an issuer that signs with this secret, using [`JwtAlgorithm::Hs256`]. The secret must
    /// have at least 32 bytes and should be random. With a shorter secret, [`issue`](Self::issue)
    /// returns an error, and a host with this secret in a [`JwtKey`](super::JwtKey) does not start.
    #[must_use]
    pub fn secret(secret: impl AsRef<[u8]>) -> Self {
        let (algorithm, secret) = (JwtAlgorithm::Hs256, secret.as_ref());
        let is_short = secret.len() < algorithm.secret_bytes();
        Self { is_short, ..Self::new(algorithm, EncodingKey::from_secret(secret)) }
    }

    /// Creates an issuer that signs with this private key in PEM format.
    ///
    /// # Errors
    ///
    /// Returns [`InvalidJwtKey`] if the text is not a private key for this algorithm, or if an RSA
    /// key has fewer than 2,048 bits (RFC 7518 §3.3) or more than 4,096.
    ///
    /// # Examples
    ///
    /// ```
    /// use hyperpoint::schemes::{JwtAlgorithm, JwtIssuer};
    ///
    /// let issuer = JwtIssuer::pem(JwtAlgorithm::Es256, "not a key");
    /// assert!(issuer.is_err());
    /// ```
    pub fn pem(algorithm: JwtAlgorithm, pem: impl AsRef<[u8]>) -> Result<Self, InvalidJwtKey> {
        let pem = pem.as_ref();
        let key = match algorithm.family() {
            AlgorithmFamily::Rsa => EncodingKey::from_rsa_pem(pem),
            AlgorithmFamily::Ec => EncodingKey::from_ec_pem(pem),
            AlgorithmFamily::Ed => EncodingKey::from_ed_pem(pem),
            AlgorithmFamily::Hmac => {
                return Err(InvalidJwtKey(
                    "an HMAC algorithm has no PEM key; use `JwtIssuer::secret`".to_owned(),
                ));
            }
        };
        let key = key.map_err(|error| InvalidJwtKey(error.to_string()))?;
        let issuer = Self::new(algorithm, key);
        let public = Jwk::from_encoding_key(&issuer.key, algorithm.code());
        check(algorithm, public).map_err(InvalidJwtKey)?;
        Ok(issuer)
    }

    fn new(algorithm: JwtAlgorithm, key: EncodingKey) -> Self {
        let _ = DEFAULT_PROVIDER.install_default();
        let (id, issuer, audience) = Default::default();
        Self { id, algorithm, key, is_short: false, issuer, audience, lifetime: LIFETIME }
    }

    /// Sets the id of the key, sent as `kid` in the header of each token. Default: no id.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::time::Duration;
    ///
    /// use hyperpoint::schemes::JwtIssuer;
    ///
    /// # fn from_the_vault(_: &str) -> Vec<u8> { vec![7; 32] }
    /// let issuer = JwtIssuer::secret(from_the_vault("tokens"))
    ///     .id("2026-11")
    ///     .issuer("https://id.example")
    ///     .audience("orders")
    ///     .lifetime(Duration::from_secs(300));
    /// # let _ = issuer;
    /// ```
    #[must_use]
    pub fn id(mut self, id: impl Into<String>) -> Self {
        self.id = Some(id.into());
        self
    }

    /// Sets the issuer of the tokens (`iss`). Default: unset.
    #[must_use]
    pub fn issuer(mut self, issuer: impl Into<String>) -> Self {
        self.issuer = Some(issuer.into());
        self
    }

    /// Sets the audience of the tokens (`aud`). Default: unset.
    #[must_use]
    pub fn audience(mut self, audience: impl Into<String>) -> Self {
        self.audience = Some(audience.into());
        self
    }

    /// Sets how long a token is valid. A token never expires later than its identity. Default: 15
    /// min.
    #[must_use]
    pub fn lifetime(mut self, lifetime: Duration) -> Self {
        self.lifetime = lifetime;
        self
    }

    /// Returns a token for this identity. The token has all claims of the identity. Roles and
    /// permissions are written to the claims `roles` and `permissions`, and scopes to the claim
    /// `scope`. `iat` and `exp` are always replaced; `iss` and `aud` are replaced if the issuer
    /// sets them.
    ///
    /// # Errors
    ///
    /// Returns a 500 problem for an anonymous identity, for a secret of fewer than 32 bytes, and for
    /// a key that cannot sign.
    ///
    /// # Examples
    ///
    /// ```
    /// use hyperpoint::Identity;
    /// use hyperpoint::schemes::JwtIssuer;
    ///
    /// let issuer = JwtIssuer::secret([7; 32]);
    /// assert!(issuer.issue(&Identity::user("ann")).is_ok());
    /// assert!(issuer.issue(&Identity::anonymous()).is_err());
    /// ```
    pub fn issue(&self, identity: &Identity) -> Result<String, Problem> {
        if !identity.is_authenticated() {
            return Err(Problem::internal(
                "cannot issue a token for an anonymous identity; require a user",
            ));
        }
        if self.is_short {
            let least = self.algorithm.secret_bytes();
            return Err(Problem::internal(format!(
                "cannot issue a token: the secret is shorter than {least} bytes; use random bytes"
            )));
        }
        let mut header = Header::new(self.algorithm.code());
        header.kid.clone_from(&self.id);
        encode(&header, &self.claims(identity), &self.key).map_err(Problem::from)
    }

    fn claims(&self, identity: &Identity) -> Map<String, Value> {
        let now = SystemTime::now();
        let end = now.checked_add(self.lifetime).unwrap_or(now);
        let end = identity.expires_at().map_or(end, |own| own.min(end));
        let claims = identity.claims().map(|(name, value)| (name.to_owned(), value.clone()));
        let mut claims: Map<_, _> = claims.collect();
        let lists = [("roles", identity.roles()), ("permissions", identity.permissions())];
        for (name, values) in lists.into_iter().filter(|(_, values)| !values.is_empty()) {
            claims.insert(name.to_owned(), values.into());
        }
        let scope = Some(identity.scopes().join(" ")).filter(|scope| !scope.is_empty());
        let texts =
            [("scope", scope), ("iss", self.issuer.clone()), ("aud", self.audience.clone())];
        for (name, text) in texts {
            claims.extend(text.map(|text| (name.to_owned(), text.into())));
        }
        claims.insert("iat".to_owned(), seconds(now).into());
        claims.insert("exp".to_owned(), seconds(end).into());
        claims
    }
}

impl fmt::Debug for JwtIssuer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("JwtIssuer")
            .field("id", &self.id)
            .field("algorithm", &self.algorithm)
            .field("issuer", &self.issuer)
            .field("audience", &self.audience)
            .finish_non_exhaustive()
    }
}
