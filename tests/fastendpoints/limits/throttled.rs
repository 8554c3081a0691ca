//! `GET /api/test-cases/global-throttle-error-response`

use std::time::Duration;

use hyperpoint::RateLimit;
use hyperpoint::prelude::*;

#[derive(Deserialize, Serialize, JsonSchema)]
struct Ids {
    #[serde(default, rename(deserialize = "customerId", serialize = "customerID"))]
    customer_id: i32,
    #[serde(default, rename(deserialize = "otherId", serialize = "otherID"))]
    other_id: i32,
}

#[derive(Endpoint)]
struct Throttled;

impl Endpoint for Throttled {
    type Request = Ids;
    type Response = Ids;

    fn configure(config: &mut Config) {
        config.get("/test-cases/global-throttle-error-response");
        config.allow_anonymous();
        let limit = RateLimit::per(3, Duration::from_mins(2));
        config.rate_limit(limit.by_header("x-custom-throttle-header"));
    }

    async fn handle(&self, ids: Ids, cx: Cx<'_, Self>) -> Result {
        cx.send.ok_async(ids).await
    }
}
