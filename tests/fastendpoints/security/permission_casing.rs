//! `GET /api/test-cases/comparer-tests/permission-casing-exact`

use hyperpoint::prelude::*;

#[derive(Endpoint)]
struct PermissionCasing;

impl Endpoint for PermissionCasing {
    type Request = ();
    type Response = String;

    fn configure(config: &mut Config) {
        config.get("/test-cases/comparer-tests/permission-casing-exact");
        config.permissions(["CasePerm"]);
    }

    async fn handle(&self, (): (), cx: Cx<'_, Self>) -> Result {
        cx.send.ok_async("ok!".to_owned()).await
    }
}
