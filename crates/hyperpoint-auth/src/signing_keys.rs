//! The secrets that sign values issued by this application.

use std::fmt;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as BASE64;
use hmac_sha256::HMAC;
use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

/// Minimum length of a secret, in bytes: the length of the digest (RFC 7518 §3.2).
const MIN_BYTES: usize = 32;

/// The secrets for the signatures of sessions, tickets and [sealed](Self::seal) values: one secret
/// that signs, and previous secrets whose signatures are still accepted.
///
/// Several schemes may share the same `SigningKeys`: a signature for one scheme is invalid for a
/// scheme of another type or another name. The `Debug` output omits the secrets. Dropping a
/// `SigningKeys` erases the secrets in it from memory, but not the secrets in its clones.
///
/// # Examples
///
/// ```
/// use hyperpoint::schemes::SigningKeys;
///
/// # fn from_the_vault(_: &str) -> Vec<u8> { vec![7; 32] }
/// let keys = SigningKeys::new(from_the_vault("signing-2026-11"))
///     .with_previous(from_the_vault("signing-2026-10"));
/// # assert!(!format!("{keys:?}").contains('7'));
/// ```
#[derive(Clone)]
pub struct SigningKeys(Vec<Zeroizing<Vec<u8>>>);

impl SigningKeys {
    /// Creates keys that sign with this secret. The secret must have at least 32 bytes and should
    /// be random; with a shorter secret, the host does not start.
    #[must_use]
    pub fn new(secret: impl AsRef<[u8]>) -> Self {
        Self(vec![Zeroizing::new(secret.as_ref().to_vec())])
    }

    /// Creates keys with a random secret that exists only in this process. Signatures with this
    /// secret are invalid after a restart and in other processes.
    ///
    /// # Panics
    ///
    /// Panics if the operating system provides no random bytes.
    ///
    /// # Examples
    ///
    /// ```
    /// use hyperpoint::schemes::SigningKeys;
    ///
    /// // For tests, and for development on one machine.
    /// let keys = SigningKeys::random();
    /// # let _ = keys;
    /// ```
    #[must_use]
    pub fn random() -> Self {
        let mut secret = Zeroizing::new(vec![0; MIN_BYTES]);
        getrandom::fill(&mut secret).expect("the system has random bytes");
        Self(vec![secret])
    }

    /// Also accepts signatures made with this secret. To rotate secrets, sign with the new secret
    /// and pass the old secret here. Remove the old secret when everything that it signed has
    /// expired.
    #[must_use]
    pub fn with_previous(mut self, secret: impl AsRef<[u8]>) -> Self {
        self.0.push(Zeroizing::new(secret.as_ref().to_vec()));
        self
    }

    /// Returns the payload and its signature for this purpose, as text for a cookie or a URL.
    pub(super) fn sign(&self, purpose: &[&str], payload: &[u8]) -> String {
        let digest = self.0.first().map(|secret| mac(secret, purpose, payload));
        let digest = digest.unwrap_or_default();
        format!("{}.{}", BASE64.encode(payload), BASE64.encode(digest))
    }

    /// Verifies the signature of a text for this purpose, and returns its payload. Returns `None`
    /// if none of the secrets signed the text for this purpose. Compares in constant time.
    pub(super) fn open(&self, purpose: &[&str], text: &str) -> Option<Vec<u8>> {
        let (payload, digest) = text.split_once('.')?;
        let (payload, digest) = (BASE64.decode(payload).ok()?, BASE64.decode(digest).ok()?);
        let holds = |secret: &Zeroizing<Vec<u8>>| {
            bool::from(mac(secret, purpose, &payload).as_slice().ct_eq(&digest))
        };
        self.0.iter().any(holds).then_some(payload)
    }

    /// Returns the configuration errors of the secrets.
    pub(super) fn errors(&self) -> Vec<String> {
        let is_short = self.0.iter().any(|secret| secret.len() < MIN_BYTES);
        let text = format!("a signing secret is shorter than {MIN_BYTES} bytes; use random bytes");
        is_short.then_some(text).into_iter().collect()
    }
}

/// Computes the digest of a payload, with a key derived for each purpose. Each part of a purpose is
/// preceded by its length, so that different purposes never have the same bytes.
fn mac(secret: &[u8], purpose: &[&str], payload: &[u8]) -> [u8; MIN_BYTES] {
    let mut derived = HMAC::new(secret);
    for part in purpose {
        derived.update((part.len() as u64).to_be_bytes());
        derived.update(part.as_bytes());
    }
    HMAC::mac(payload, Zeroizing::new(derived.finalize()).as_slice())
}

impl fmt::Debug for SigningKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("SigningKeys").field(&self.0.len()).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const OLD: [u8; 32] = [1; 32];
    const NEW: [u8; 32] = [2; 32];

    #[test]
    fn a_text_is_valid_for_its_purpose_while_its_secret_is_configured() {
        let text = SigningKeys::new(OLD).sign(&["a"], b"ann");
        let open = |keys: SigningKeys, purpose, text: &str| keys.open(&[purpose], text);
        assert_eq!(open(SigningKeys::new(OLD), "a", &text).as_deref(), Some(&b"ann"[..]));
        assert_eq!(open(SigningKeys::new(OLD), "b", &text), None);
        assert_eq!(open(SigningKeys::new(NEW), "a", &text), None);
        let rotated = SigningKeys::new(NEW).with_previous(OLD);
        assert!(open(rotated.clone(), "a", &text).is_some());
        assert!(open(SigningKeys::new(OLD), "a", &rotated.sign(&["a"], b"ann")).is_none());
    }

    #[test]
    fn purposes_with_the_same_concatenation_are_different() {
        let keys = SigningKeys::random();
        let text = keys.sign(&["ab", "c"], b"ann");
        assert!(keys.open(&["ab", "c"], &text).is_some());
        let others: [&[&str]; 6] =
            [&["a", "bc"], &["abc", ""], &["abc"], &["ab"], &["c", "ab"], &["ab", "c", ""]];
        for other in others {
            assert_eq!(keys.open(other, &text), None, "{other:?}");
        }
    }

    #[test]
    fn a_changed_text_is_invalid() {
        let keys = SigningKeys::random();
        let text = keys.sign(&["a"], b"ann");
        for index in 0..text.len() {
            let mut bytes = text.clone().into_bytes();
            bytes[index] = if bytes[index] == b'A' { b'B' } else { b'A' };
            assert_eq!(keys.open(&["a"], std::str::from_utf8(&bytes).unwrap()), None, "{index}");
        }
        for junk in ["", ".", "a", "a.b.c", "é.é"] {
            assert_eq!(keys.open(&["a"], junk), None);
        }
    }

    #[test]
    fn a_short_secret_is_a_configuration_error() {
        assert_eq!(SigningKeys::new([0; 31]).errors().len(), 1);
        assert_eq!(SigningKeys::random().with_previous("x").errors().len(), 1);
        assert!(SigningKeys::random().errors().is_empty());
    }
}
