//! `GET /api/test-cases/empty-request-test`

use hyperpoint::prelude::*;

#[derive(Endpoint)]
struct EmptyRequest;

impl Endpoint for EmptyRequest {
    type Request = ();
    type Response = ();

    fn configure(config: &mut Config) {
        config.get("/test-cases/empty-request-test");
        config.roles(["admin"]);
    }

    async fn handle(&self, (): (), cx: Cx<'_, Self>) -> Result {
        cx.send.ok_async(()).await
    }
}
