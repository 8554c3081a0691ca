//! `GET /api/test-cases/scope-tests/any-scope-pass`

use hyperpoint::prelude::*;

#[derive(Endpoint)]
struct AnyScope;

impl Endpoint for AnyScope {
    type Request = ();
    type Response = String;

    fn configure(config: &mut Config) {
        config.get("/test-cases/scope-tests/any-scope-pass");
        config.scopes(["two", "three", "blah"]);
    }

    async fn handle(&self, (): (), cx: Cx<'_, Self>) -> Result {
        cx.send.ok_async("ok!".to_owned()).await
    }
}
