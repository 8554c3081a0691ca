//! A pair of tokens.

use std::time::{Duration, SystemTime};

use hyperpoint::Identity;
use hyperpoint::prelude::*;
use hyperpoint::schemes::JwtIssuer;

#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct TokenPair {
    access_token: String,
    user_id: &'static str,
    refresh_token: String,
}

impl TokenPair {
    pub(super) fn of(user: Identity, issuer: &JwtIssuer) -> Result<Self> {
        let user = user.with_expiry(SystemTime::now() + Duration::from_mins(5));
        let refresh_token = Uuid::new_v4().simple().to_string();
        Ok(Self { access_token: issuer.issue(&user)?, user_id: "usr001", refresh_token })
    }
}
