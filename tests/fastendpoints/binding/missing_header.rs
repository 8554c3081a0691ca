//! `POST /api/test-cases/missing-header-test`

use hyperpoint::prelude::*;

#[derive(Deserialize, JsonSchema)]
struct OfTenant {
    #[serde(rename = "tenantID")]
    _tenant_id: from::Header<String>,
}

#[derive(Endpoint)]
struct MissingHeader;

impl Endpoint for MissingHeader {
    type Request = OfTenant;
    type Response = ();

    fn configure(config: &mut Config) {
        config.post("/test-cases/missing-header-test");
    }

    async fn handle(&self, _: OfTenant, cx: Cx<'_, Self>) -> Result {
        cx.send.no_content_async().await
    }
}
