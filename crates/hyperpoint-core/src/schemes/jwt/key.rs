//! One key that verifies tokens.

use std::error::Error;
use std::fmt;

use jsonwebtoken::jwk::{AlgorithmParameters, EllipticCurve, Jwk};
use jsonwebtoken::{AlgorithmFamily, DecodingKey};

use super::algorithm::JwtAlgorithm;

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
    /// A text that is no public key for this algorithm.
    pub fn pem(algorithm: JwtAlgorithm, pem: impl AsRef<[u8]>) -> Result<Self, InvalidJwtKey> {
        let pem = pem.as_ref();
        let key = match algorithm.family() {
            AlgorithmFamily::Rsa => DecodingKey::from_rsa_pem(pem),
            AlgorithmFamily::Ec => DecodingKey::from_ec_pem(pem),
            AlgorithmFamily::Ed => DecodingKey::from_ed_pem(pem),
            AlgorithmFamily::Hmac => return Err(InvalidJwtKey("a secret is no PEM".to_owned())),
        };
        let key = key.map_err(|error| InvalidJwtKey(error.to_string()))?;
        Ok(Self { id: None, algorithm, key, is_short: false })
    }

    /// The key's id: it verifies the tokens whose header has it as `kid`. Default: none, which is
    /// enough where there is one key.
    #[must_use]
    pub fn id(mut self, id: impl Into<String>) -> Self {
        self.id = Some(id.into());
        self
    }

    /// The key of a set, where it is one for signatures of these algorithms. A secret is none: a
    /// set of keys is public.
    pub(super) fn from_jwk(jwk: &Jwk, algorithms: &[JwtAlgorithm]) -> Option<Self> {
        let fits = |algorithm: &&JwtAlgorithm| is_for(jwk, **algorithm);
        let algorithm = *algorithms.iter().find(fits)?;
        let key = DecodingKey::from_jwk(jwk).ok()?;
        Some(Self { id: jwk.common.key_id.clone(), algorithm, key, is_short: false })
    }
}

/// Whether a key of a set may verify signatures of this algorithm.
fn is_for(jwk: &Jwk, algorithm: JwtAlgorithm) -> bool {
    use jsonwebtoken::jwk::PublicKeyUse;

    if matches!(&jwk.common.public_key_use, Some(used) if *used != PublicKeyUse::Signature) {
        return false;
    }
    let said = jwk.common.key_algorithm.map(|said| said.to_string());
    if said.is_some_and(|said| said != format!("{:?}", algorithm.code())) {
        return false;
    }
    match (&jwk.algorithm, algorithm) {
        (AlgorithmParameters::RSA(_), _) => algorithm.family() == AlgorithmFamily::Rsa,
        (AlgorithmParameters::EllipticCurve(curve), JwtAlgorithm::Es256) => {
            curve.curve == EllipticCurve::P256
        }
        (AlgorithmParameters::EllipticCurve(curve), JwtAlgorithm::Es384) => {
            curve.curve == EllipticCurve::P384
        }
        (AlgorithmParameters::OctetKeyPair(pair), JwtAlgorithm::EdDsa) => {
            pair.curve == EllipticCurve::Ed25519
        }
        _ => false,
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
