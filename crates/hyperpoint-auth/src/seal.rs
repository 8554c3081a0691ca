//! Signed values, each for one purpose.

use serde::Serialize;
use serde::de::DeserializeOwned;

use super::signing_keys::SigningKeys;
use hyperpoint_core::problem::Problem;

/// Seals values for one purpose, and opens only values that were sealed for the same purpose.
///
/// A sealed value is a text: the value as JSON, and its signature. It is not encrypted. An expiry
/// must be part of the value.
#[derive(Clone, Copy)]
pub(super) struct Seal<'a> {
    keys: &'a SigningKeys,
    /// The kind of value, and the name of the scheme or the purpose that the application chose.
    purpose: [&'a str; 2],
}

impl<'a> Seal<'a> {
    /// Creates a seal for values of this kind, such as `session`. `scheme` is the name of the
    /// scheme; for values of an application, it is the purpose that the application chose.
    pub(super) fn new(keys: &'a SigningKeys, kind: &'static str, scheme: &'a str) -> Self {
        Self { keys, purpose: [kind, scheme] }
    }

    /// Returns the value and its signature, as text for a cookie or a URL.
    ///
    /// # Errors
    ///
    /// Returns a 500 problem if the value cannot be serialized as JSON.
    pub(super) fn seal<T: Serialize>(self, value: &T) -> Result<String, Problem> {
        Ok(self.keys.sign(&self.purpose, &serde_json::to_vec(value)?))
    }

    /// Verifies the signature of a sealed value, and returns the value. Returns `None` if the text
    /// was changed, was sealed for another purpose or with an unknown secret, or is not a `T`.
    pub(super) fn open<T: DeserializeOwned>(self, text: &str) -> Option<T> {
        serde_json::from_slice(&self.keys.open(&self.purpose, text)?).ok()
    }
}
