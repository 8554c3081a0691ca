//! Keys that verify tokens.

use std::error::Error;
use std::fmt;

use jsonwebtoken::crypto::rust_crypto::DEFAULT_PROVIDER;
use jsonwebtoken::jwk::Jwk;
use jsonwebtoken::{AlgorithmFamily, DecodingKey};

use super::algorithm::JwtAlgorithm;
use super::sound_key::check;

/// A key that verifies tokens of one algorithm. The `Debug` output omits the key. Needs the feature
/// `jwt`.
///
/// # Examples
///
/// ```
/// use hyperpoint::schemes::JwtKey;
///
/// # fn from_the_vault(_: &str) -> Vec<u8> { vec![7; 32] }
/// let key = JwtKey::secret(from_the_vault("tokens")).id("2026-11");
/// # let _ = key;
/// ```
#[derive(Clone)]
pub struct JwtKey {
    pub(super) id: Option<String>,
    pub(super) algorithm: JwtAlgorithm,
    pub(super) key: DecodingKey,
    /// Whether the secret is shorter than its algorithm requires.
    pub(super) is_short: bool,
}

impl JwtKey {
    /// Creates a key from a secret that signs and verifies with [`JwtAlgorithm::Hs256`]. The secret
    /// must have at least 32 bytes and should be random; with a shorter secret, the host does not
    /// start.
    #[must_use]
    pub fn secret(secret: impl AsRef<[u8]>) -> Self {
        let (algorithm, secret) = (JwtAlgorithm::Hs256, secret.as_ref());
        let is_short = secret.len() < algorithm.secret_bytes();
        Self { id: None, algorithm, key: DecodingKey::from_secret(secret), is_short }
    }

    /// Creates a key from a public key in PEM format.
    ///
    /// # Errors
    ///
    /// Returns [`InvalidJwtKey`] if the text is not a public key for this algorithm, or if an RSA
    /// key has fewer than 2,048 bits (RFC 7518 §3.3) or more than 4,096.
    ///
    /// # Examples
    ///
    /// ```
    /// use hyperpoint::schemes::{JwtAlgorithm, JwtKey};
    ///
    /// let pem = "-----BEGIN PUBLIC KEY-----
    /// MCowBQYDK2VwAyEA11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=
    /// -----END PUBLIC KEY-----";
    /// let key = JwtKey::pem(JwtAlgorithm::EdDsa, pem)?.id("2026-11");
    /// # let _ = key;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn pem(algorithm: JwtAlgorithm, pem: impl AsRef<[u8]>) -> Result<Self, InvalidJwtKey> {
        let pem = pem.as_ref();
        let key = match algorithm.family() {
            AlgorithmFamily::Rsa => DecodingKey::from_rsa_pem(pem),
            AlgorithmFamily::Ec => DecodingKey::from_ec_pem(pem),
            AlgorithmFamily::Ed => DecodingKey::from_ed_pem(pem),
            AlgorithmFamily::Hmac => {
                return Err(InvalidJwtKey(
                    "an HMAC algorithm has no PEM key; use `JwtKey::secret`".to_owned(),
                ));
            }
        };
        let key = key.map_err(|error| InvalidJwtKey(error.to_string()))?;
        let _ = DEFAULT_PROVIDER.install_default();
        check(algorithm, Jwk::from_decoding_key(&key, None)).map_err(InvalidJwtKey)?;
        Ok(Self { id: None, algorithm, key, is_short: false })
    }

    /// Sets the key's id: the key verifies tokens whose header has this `kid`. Default: no id,
    /// which is sufficient for a single key.
    #[must_use]
    pub fn id(mut self, id: impl Into<String>) -> Self {
        self.id = Some(id.into());
        self
    }
}

impl fmt::Debug for JwtKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("JwtKey")
            .field("id", &self.id)
            .field("algorithm", &self.algorithm)
            .finish_non_exhaustive()
    }
}

/// The error for a text that is not a valid key or key set. It contains no part of the key. Needs
/// the feature `jwt`.
///
/// # Examples
///
/// ```
/// use hyperpoint::schemes::{InvalidJwtKey, JwtAlgorithm, JwtKey};
///
/// let error: InvalidJwtKey = JwtKey::pem(JwtAlgorithm::Rs256, "not a key").unwrap_err();
/// assert!(error.to_string().starts_with("invalid key for tokens: "));
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InvalidJwtKey(pub(super) String);

impl fmt::Display for InvalidJwtKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "invalid key for tokens: {}", self.0)
    }
}

impl Error for InvalidJwtKey {}
