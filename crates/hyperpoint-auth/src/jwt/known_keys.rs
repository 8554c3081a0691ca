//! The keys that verify the tokens of a scheme.

use super::fetched_keys::FetchedKeys;
use super::key::JwtKey;
use super::wanted_key::WantedKey;
use hyperpoint_core::problem::Problem;

/// The keys of a scheme: configured, or fetched from a key source.
#[derive(Debug)]
pub(super) enum KnownKeys {
    Given(Vec<JwtKey>),
    Fetched(FetchedKeys),
}

impl KnownKeys {
    /// Returns the key that verifies the token, or `None` if no key matches.
    ///
    /// # Errors
    ///
    /// Returns a 503 problem if the keys come from a source that has not provided a set yet.
    pub(super) async fn find(&self, wanted: WantedKey<'_>) -> Result<Option<JwtKey>, Problem> {
        match self {
            Self::Given(keys) => Ok(wanted.among(keys).cloned()),
            Self::Fetched(keys) => keys.find(wanted).await,
        }
    }
}
