//! `GET /api/tokens/login`

use hyperpoint::Identity;
use hyperpoint::prelude::*;
use hyperpoint::schemes::JwtIssuer;

use super::pair::TokenPair;

#[derive(Endpoint)]
struct PairLogin {
    issuer: Arc<JwtIssuer>,
}

impl Endpoint for PairLogin {
    type Request = ();
    type Response = TokenPair;

    fn configure(config: &mut Config) {
        config.get("/tokens/login");
        config.allow_anonymous();
    }

    async fn handle(&self, (): (), cx: Cx<'_, Self>) -> Result {
        let user = Identity::user("usr001").with_role("role1").with_permission("perm1");
        let user = user.with_claim("claim1", "val1");
        cx.send.ok_async(TokenPair::of(user, &self.issuer)?).await
    }
}
