//! `GET /api/test-cases/comparer-tests/claim-type-casing-mismatch`

use hyperpoint::prelude::*;

#[derive(Endpoint)]
struct ClaimCasing;

impl Endpoint for ClaimCasing {
    type Request = ();
    type Response = String;

    fn configure(config: &mut Config) {
        config.get("/test-cases/comparer-tests/claim-type-casing-mismatch");
        config.claims(["CUSTOMER-ID"]);
    }

    async fn handle(&self, (): (), cx: Cx<'_, Self>) -> Result {
        cx.send.ok_async("ok!".to_owned()).await
    }
}
