//! The keys that verify tokens.

use super::fetched_keys::FetchedKeys;
use super::key::JwtKey;
use super::wanted_key::WantedKey;
use crate::problem::Problem;

/// The keys that verify tokens.
#[derive(Debug)]
pub(super) enum KnownKeys {
    Given(Vec<JwtKey>),
    Fetched(FetchedKeys),
}

impl KnownKeys {
    /// Returns the key that verifies such a token; `None` if there is none.
    ///
    /// # Errors
    ///
    /// 503 if keys are to be fetched, and none were yet.
    pub(super) async fn find(&self, wanted: WantedKey<'_>) -> Result<Option<JwtKey>, Problem> {
        match self {
            Self::Given(keys) => Ok(wanted.among(keys).cloned()),
            Self::Fetched(keys) => keys.find(wanted).await,
        }
    }
}
