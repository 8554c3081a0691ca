//! `GET /api/tests/iauth-injection`

use hyperpoint::prelude::*;

use super::admin_only::ADMIN_ONLY;

#[derive(Endpoint)]
struct IsAdmin;

impl Endpoint for IsAdmin {
    type Request = ();
    type Response = bool;

    fn configure(config: &mut Config) {
        config.get("/tests/iauth-injection");
    }

    async fn handle(&self, (): (), cx: Cx<'_, Self>) -> Result {
        cx.send.ok_async(ADMIN_ONLY(cx.identity, cx.request)).await
    }
}
