//! `GET /api/test-cases/comparer-tests/permission-casing-mismatch`

use hyperpoint::prelude::*;

#[derive(Endpoint)]
struct PermissionCasingMismatch;

impl Endpoint for PermissionCasingMismatch {
    type Request = ();
    type Response = String;

    fn configure(config: &mut Config) {
        config.get("/test-cases/comparer-tests/permission-casing-mismatch");
        config.permissions(["caseperm"]);
    }

    async fn handle(&self, (): (), cx: Cx<'_, Self>) -> Result {
        cx.send.ok_async("ok!".to_owned()).await
    }
}
