//! `POST /api/tokens/refresh-token`

use hyperpoint::Identity;
use hyperpoint::prelude::*;
use hyperpoint::schemes::JwtIssuer;

use super::pair::TokenPair;

#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct Refresh {
    user_id: String,
    refresh_token: String,
}

#[derive(Endpoint)]
struct RefreshPair {
    issuer: Arc<JwtIssuer>,
}

impl Endpoint for RefreshPair {
    type Request = Refresh;
    type Response = TokenPair;

    fn configure(config: &mut Config) {
        config.post("/tokens/refresh-token");
        config.allow_anonymous();
    }

    fn validate(&self, refresh: &Refresh, failures: &mut Failures) {
        failures.check("userId", refresh.user_id == "usr001", "invalid user id");
        failures.check("refreshToken", refresh.refresh_token == "xyz", "invalid refresh token");
    }

    async fn handle(&self, _: Refresh, cx: Cx<'_, Self>) -> Result {
        let user = Identity::user("usr001").with_claim("new-claim", "new-value");
        cx.send.ok_async(TokenPair::of(user, &self.issuer)?).await
    }
}
