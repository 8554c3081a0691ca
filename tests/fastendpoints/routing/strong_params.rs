//! `POST /api/test-cases/strong-route-params/{platformKitUid}/blah/{name}`

use hyperpoint::prelude::*;

#[derive(Deserialize, Serialize, JsonSchema)]
struct Kit {
    #[serde(rename(deserialize = "platformKitUid"))]
    uid: String,
    name: String,
}

#[derive(Endpoint)]
struct StrongParams;

impl Endpoint for StrongParams {
    type Request = Kit;
    type Response = Kit;

    fn configure(config: &mut Config) {
        config.post("/test-cases/strong-route-params/{platformKitUid}/blah/{name}");
        config.allow_anonymous();
    }

    async fn handle(&self, kit: Kit, cx: Cx<'_, Self>) -> Result {
        cx.send.ok_async(kit).await
    }
}
