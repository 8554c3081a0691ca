//! Checks that a key fits its algorithm and is strong enough.

use std::ops::RangeInclusive;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as BASE64;
use jsonwebtoken::AlgorithmFamily;
use jsonwebtoken::errors::Error;
use jsonwebtoken::jwk::{AlgorithmParameters, EllipticCurve, Jwk};

use super::algorithm::JwtAlgorithm;

/// The accepted sizes of an RSA modulus, in bits. Smaller sizes are forbidden (RFC 7518 §3.3), and
/// larger sizes are not supported by the signature verification.
const RSA_BITS: RangeInclusive<usize> = 2048..=4096;

/// Checks the public part of a key.
///
/// # Errors
///
/// Returns the reason why the key cannot be used with this algorithm. The reason contains no part
/// of the key.
pub(super) fn check(algorithm: JwtAlgorithm, public: Result<Jwk, Error>) -> Result<(), String> {
    let public = public.map_err(|error| error.to_string())?.algorithm;
    match (&public, algorithm) {
        (AlgorithmParameters::RSA(key), _) if algorithm.family() == AlgorithmFamily::Rsa => {
            let bits = bits(&BASE64.decode(&key.n).unwrap_or_default());
            let (least, most) = (RSA_BITS.start(), RSA_BITS.end());
            match RSA_BITS.contains(&bits) {
                true => Ok(()),
                false => Err(format!(
                    "an RSA key of {bits} bits is not supported; it needs {least} to {most} \
                     (RFC 7518 §3.3)"
                )),
            }
        }
        (AlgorithmParameters::EllipticCurve(key), JwtAlgorithm::Es256)
            if key.curve == EllipticCurve::P256 =>
        {
            Ok(())
        }
        (AlgorithmParameters::EllipticCurve(key), JwtAlgorithm::Es384)
            if key.curve == EllipticCurve::P384 =>
        {
            Ok(())
        }
        (AlgorithmParameters::OctetKeyPair(_), JwtAlgorithm::EdDsa) => Ok(()),
        _ => Err(format!("it is not a key for {}", algorithm.name())),
    }
}

/// Returns the length of a big-endian number in bits.
fn bits(number: &[u8]) -> usize {
    let zeros: u32 = match number.iter().position(|byte| *byte != 0) {
        Some(first) => {
            let byte = number.get(first).map_or(8, |byte| byte.leading_zeros());
            u32::try_from(first * 8).unwrap_or(u32::MAX).saturating_add(byte)
        }
        None => return 0,
    };
    (number.len() * 8).saturating_sub(zeros as usize)
}
