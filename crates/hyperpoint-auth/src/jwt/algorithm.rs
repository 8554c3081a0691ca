//! Signature algorithms.

use jsonwebtoken::{Algorithm, AlgorithmFamily};

/// A signature algorithm (RFC 7518 §3.1, RFC 8037). A key has exactly one algorithm, and a token
/// whose header has another `alg` than its key is refused. Needs the feature `jwt`.
///
/// # Examples
///
/// ```
/// use hyperpoint::schemes::{JwtAlgorithm, JwtKey};
///
/// // A secret is not a PEM.
/// assert!(JwtKey::pem(JwtAlgorithm::Hs256, "secret").is_err());
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum JwtAlgorithm {
    /// HMAC with SHA-256; the same secret signs and verifies.
    Hs256,
    /// HMAC with SHA-512.
    Hs512,
    /// RSA, PKCS #1 v1.5, with SHA-256.
    Rs256,
    /// RSA, PKCS #1 v1.5, with SHA-512.
    Rs512,
    /// RSA, PSS, with SHA-256.
    Ps256,
    /// ECDSA over P-256 with SHA-256.
    Es256,
    /// ECDSA over P-384 with SHA-384.
    Es384,
    /// Ed25519.
    EdDsa,
}

impl JwtAlgorithm {
    pub(super) const ALL: [Self; 8] = [
        Self::Hs256,
        Self::Hs512,
        Self::Rs256,
        Self::Rs512,
        Self::Ps256,
        Self::Es256,
        Self::Es384,
        Self::EdDsa,
    ];

    /// Returns the same algorithm in the `jsonwebtoken` crate.
    pub(super) fn code(self) -> Algorithm {
        match self {
            Self::Hs256 => Algorithm::HS256,
            Self::Hs512 => Algorithm::HS512,
            Self::Rs256 => Algorithm::RS256,
            Self::Rs512 => Algorithm::RS512,
            Self::Ps256 => Algorithm::PS256,
            Self::Es256 => Algorithm::ES256,
            Self::Es384 => Algorithm::ES384,
            Self::EdDsa => Algorithm::EdDSA,
        }
    }

    /// Returns the algorithm's name in tokens and keys (`alg`, RFC 7518 §3.1).
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Hs256 => "HS256",
            Self::Hs512 => "HS512",
            Self::Rs256 => "RS256",
            Self::Rs512 => "RS512",
            Self::Ps256 => "PS256",
            Self::Es256 => "ES256",
            Self::Es384 => "ES384",
            Self::EdDsa => "EdDSA",
        }
    }

    /// Returns the `kty` of the algorithm's keys in a key set, and the `crv` if the algorithm has
    /// one curve (RFC 7518 §6, RFC 8037 §2). Returns `None` for HMAC algorithms, whose secrets must
    /// not be in a public key set.
    pub(super) fn key_type(self) -> Option<(&'static str, Option<&'static str>)> {
        match self {
            Self::Hs256 | Self::Hs512 => None,
            Self::Rs256 | Self::Rs512 | Self::Ps256 => Some(("RSA", None)),
            Self::Es256 => Some(("EC", Some("P-256"))),
            Self::Es384 => Some(("EC", Some("P-384"))),
            Self::EdDsa => Some(("OKP", Some("Ed25519"))),
        }
    }

    pub(super) fn family(self) -> AlgorithmFamily {
        match self {
            Self::Hs256 | Self::Hs512 => AlgorithmFamily::Hmac,
            Self::Rs256 | Self::Rs512 | Self::Ps256 => AlgorithmFamily::Rsa,
            Self::Es256 | Self::Es384 => AlgorithmFamily::Ec,
            Self::EdDsa => AlgorithmFamily::Ed,
        }
    }

    /// Returns the minimum length of a secret, in bytes: the length of the digest (RFC 7518 §3.2).
    pub(super) fn secret_bytes(self) -> usize {
        if self == Self::Hs512 { 64 } else { 32 }
    }
}
