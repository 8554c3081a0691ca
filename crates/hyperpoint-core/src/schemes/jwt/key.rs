//! One key that verifies tokens.

use std::error::Error;
use std::fmt;

use jsonwebtoken::crypto::rust_crypto::DEFAULT_PROVIDER;
use jsonwebtoken::jwk::Jwk;
use jsonwebtoken::{AlgorithmFamily, DecodingKey};

use super::algorithm::JwtAlgorithm;
use super::sound_key::check;

/// A key that verifies tokens of one algorithm. Its `Debug` text keeps the key back.
///
/// # Example
///
/// ```
/// use hyperpoint_core::schemes::JwtKey;
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
    pub(super) is_short: bool,
}

impl JwtKey {
    /// A secret that signs and verifies by [`JwtAlgorithm::Hs256`]: 32 random bytes or more; with
    /// fewer, a host does not start.
    #[must_use]
    pub fn secret(secret: impl AsRef<[u8]>) -> Self {
        let (algorithm, secret) = (JwtAlgorithm::Hs256, secret.as_ref());
        let is_short = secret.len() < algorithm.secret_bytes();
        Self { id: None, algorithm, key: DecodingKey::from_secret(secret), is_short }
    }

    /// A public key in PEM.
    ///
    /// # Errors
    ///
    /// A text that is not a public key for this algorithm, and an RSA key with fewer than 2,048 bits
    /// (RFC 7518 §3.3) or more than 4,096.
    pub fn pem(algorithm: JwtAlgorithm, pem: impl AsRef<[u8]>) -> Result<Self, InvalidJwtKey> {
        let pem = pem.as_ref();
        let key = match algorithm.family() {
            AlgorithmFamily::Rsa => DecodingKey::from_rsa_pem(pem),
            AlgorithmFamily::Ec => DecodingKey::from_ec_pem(pem),
            AlgorithmFamily::Ed => DecodingKey::from_ed_pem(pem),
            AlgorithmFamily::Hmac => return Err(InvalidJwtKey("a secret is no PEM".to_owned())),
        };
        let key = key.map_err(|error| InvalidJwtKey(error.to_string()))?;
        let _ = DEFAULT_PROVIDER.install_default();
        check(algorithm, Jwk::from_decoding_key(&key, None)).map_err(InvalidJwtKey)?;
        Ok(Self { id: None, algorithm, key, is_short: false })
    }

    /// The key's id: it verifies the tokens whose header has it as `kid`. Default: none, which is
    /// enough where there is one key.
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

/// Why a text is no key, or no set of keys. Tells nothing of the key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InvalidJwtKey(pub(super) String);

impl fmt::Display for InvalidJwtKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "no key for tokens: {}", self.0)
    }
}

impl Error for InvalidJwtKey {}
