//! `GET /api/test-cases/scope-tests/all-scope-fail`

use hyperpoint::prelude::*;

#[derive(Endpoint)]
struct AllScopes;

impl Endpoint for AllScopes {
    type Request = ();
    type Response = String;

    fn configure(config: &mut Config) {
        config.get("/test-cases/scope-tests/all-scope-fail");
        config.scopes_all(["one", "two", "three", "blah"]);
    }

    async fn handle(&self, (): (), cx: Cx<'_, Self>) -> Result {
        cx.send.ok_async("ok!".to_owned()).await
    }
}
