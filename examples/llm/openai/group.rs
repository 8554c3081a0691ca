//! What the endpoints of OpenAI's API have in common.

use hyperpoint::RateLimit;
use hyperpoint::prelude::*;

/// `/v1`: for users with a key, 60 requests a minute for each.
pub struct OpenAi;

impl Group for OpenAi {
    fn configure(group: &mut GroupConfig) {
        group.prefix("/v1");
        group.authenticated();
        group.rate_limit(RateLimit::per_minute(60));
    }
}
