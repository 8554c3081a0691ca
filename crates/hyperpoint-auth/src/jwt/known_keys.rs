//! The keys of a scheme.

use super::fetched_keys::FetchedKeys;
use super::key::JwtKey;
use super::wanted_key::WantedKey;
use hyperpoint_core::problem::Problem;

/// The keys of a scheme, given or fetched.
#[derive(Debug)]
pub(super) enum KnownKeys {
    Given(Vec<JwtKey>),
    Fetched(FetchedKeys),
}

impl KnownKeys {
    /// Returns the key that verifies the token, or `None` if there is none.
    ///
    /// # Errors
    ///
    /// A 503 if the keys are fetched and no set was fetched yet.
    pub(super) async fn find(&self, wanted: WantedKey<'_>) -> Result<Option<JwtKey>, Problem> {
        match self {
            Self::Given(keys) => Ok(wanted.among(keys).cloned()),
            Self::Fetched(keys) => keys.find(wanted).await,
        }
    }
}
