//! `PUT /api/test-cases/routing/catchall/{*rest}`

use hyperpoint::prelude::*;

#[derive(Deserialize, JsonSchema)]
struct Rest {
    rest: String,
}

#[derive(Endpoint)]
struct CatchAll;

impl Endpoint for CatchAll {
    type Request = Rest;
    type Response = String;

    fn configure(config: &mut Config) {
        config.put("/test-cases/routing/catchall/{*rest}");
        config.allow_anonymous();
    }

    async fn handle(&self, request: Rest, cx: Cx<'_, Self>) -> Result {
        cx.send.ok_async(request.rest).await
    }
}
