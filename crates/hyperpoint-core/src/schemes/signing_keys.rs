//! Texts that only this application can have written.

use std::fmt;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as BASE64;
use hmac::{Hmac, Mac};
use sha2::Sha256;
use zeroize::Zeroizing;

/// What a secret has at least, in bytes: as much as the digest (RFC 7518 §3.2).
const MIN_BYTES: usize = 32;

/// The secrets that sessions and tickets are signed with: one that signs, and older ones that are
/// still believed.
///
/// One value may serve several schemes: what is signed for one does not hold for another, neither
/// for one of another type nor for one of another name. Its `Debug` text keeps the secrets back, and
/// they are wiped when it is dropped.
///
/// # Example
///
/// ```
/// use hyperpoint_core::schemes::SigningKeys;
///
/// # fn from_the_vault(_: &str) -> Vec<u8> { vec![7; 32] }
/// let keys = SigningKeys::new(from_the_vault("signing-2026-11"))
///     .with_previous(from_the_vault("signing-2026-10"));
/// # assert!(!format!("{keys:?}").contains('7'));
/// ```
#[derive(Clone)]
pub struct SigningKeys(Vec<Zeroizing<Vec<u8>>>);

impl SigningKeys {
    /// Signs with this secret: 32 random bytes or more; with fewer, a host does not start.
    #[must_use]
    pub fn new(secret: impl AsRef<[u8]>) -> Self {
        Self(vec![Zeroizing::new(secret.as_ref().to_vec())])
    }

    /// A secret that nobody knows and that ends with the process: what it signed before a restart
    /// does not hold after it, nor in another process.
    ///
    /// # Panics
    ///
    /// Where the system has no random bytes.
    #[must_use]
    pub fn random() -> Self {
        let mut secret = Zeroizing::new(vec![0; MIN_BYTES]);
        getrandom::fill(&mut secret).expect("the system has random bytes");
        Self(vec![secret])
    }

    /// Also believes what this secret has signed. To rotate: make the new one the first, keep the
    /// old one here until all that it signed has ended, then take it out.
    #[must_use]
    pub fn with_previous(mut self, secret: impl AsRef<[u8]>) -> Self {
        self.0.push(Zeroizing::new(secret.as_ref().to_vec()));
        self
    }

    /// The payload and its signature for this purpose, as text for a cookie or a URL.
    pub(super) fn sign(&self, purpose: &[&str], payload: &[u8]) -> String {
        let mac = self.0.first().map(|secret| mac(secret, purpose, payload));
        let digest = mac.map(|mac| mac.finalize().into_bytes()).unwrap_or_default();
        format!("{}.{}", BASE64.encode(payload), BASE64.encode(digest))
    }

    /// The payload of a text that was signed for this purpose, by any of the secrets. Compared in
    /// constant time.
    pub(super) fn open(&self, purpose: &[&str], text: &str) -> Option<Vec<u8>> {
        let (payload, digest) = text.split_once('.')?;
        let (payload, digest) = (BASE64.decode(payload).ok()?, BASE64.decode(digest).ok()?);
        let holds = |secret: &Zeroizing<Vec<u8>>| {
            mac(secret, purpose, &payload).verify_slice(&digest).is_ok()
        };
        self.0.iter().any(holds).then_some(payload)
    }

    /// What is wrong with the secrets, a sentence each.
    pub(super) fn mistakes(&self) -> Vec<String> {
        let is_short = self.0.iter().any(|secret| secret.len() < MIN_BYTES);
        let text =
            format!("a signing secret is shorter than {MIN_BYTES} bytes; make it of random ones");
        is_short.then_some(text).into_iter().collect()
    }
}

/// The digest over a payload, by a key of its own for each purpose. Each part of a purpose follows
/// its length, so that no two purposes are the same bytes.
fn mac(secret: &[u8], purpose: &[&str], payload: &[u8]) -> Hmac<Sha256> {
    let keyed =
        |key: &[u8]| Hmac::<Sha256>::new_from_slice(key).expect("HMAC takes keys of any length");
    let mut derived = keyed(secret);
    for part in purpose {
        derived.update(&(part.len() as u64).to_be_bytes());
        derived.update(part.as_bytes());
    }
    let own: [u8; MIN_BYTES] = derived.finalize().into_bytes().into();
    let mut mac = keyed(Zeroizing::new(own).as_slice());
    mac.update(payload);
    mac
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
    fn a_text_holds_for_its_purpose_and_as_long_as_its_secret_is_known() {
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
    fn parts_of_a_purpose_do_not_run_into_each_other() {
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
    fn a_text_that_was_changed_anywhere_does_not_hold() {
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
    fn a_short_secret_is_a_mistake() {
        assert_eq!(SigningKeys::new([0; 31]).mistakes().len(), 1);
        assert_eq!(SigningKeys::random().with_previous("x").mistakes().len(), 1);
        assert!(SigningKeys::random().mistakes().is_empty());
    }
}
