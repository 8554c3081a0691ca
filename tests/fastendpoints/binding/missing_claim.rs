//! `POST /api/test-cases/missing-claim-test/dont-throw`

use hyperpoint::prelude::*;

#[derive(Deserialize, JsonSchema)]
struct ClaimOrBody {
    #[serde(rename = "null-claim")]
    claim: from::Claim<Option<String>>,
    #[serde(rename = "testProp")]
    test_prop: Option<String>,
}

#[derive(Endpoint)]
struct MissingClaim;

impl Endpoint for MissingClaim {
    type Request = ClaimOrBody;
    type Response = String;

    fn configure(config: &mut Config) {
        config.post("/test-cases/missing-claim-test/dont-throw");
    }

    async fn handle(&self, request: ClaimOrBody, cx: Cx<'_, Self>) -> Result {
        let text = request.claim.0.or(request.test_prop).unwrap_or_default();
        cx.send.ok_async(format!("you sent {text}")).await
    }
}
