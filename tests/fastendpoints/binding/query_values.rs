//! `GET /api/test-cases/ep-witout-req-query-param-binding-test`

use hyperpoint::prelude::*;

#[derive(Deserialize, Serialize, JsonSchema)]
struct Values {
    #[serde(rename(deserialize = "customerId", serialize = "customerID"))]
    customer_id: i32,
    #[serde(rename(deserialize = "otherId", serialize = "otherID"))]
    other_id: i32,
    doubles: Vec<f64>,
    guids: Vec<Uuid>,
    ints: Vec<i32>,
    floaty: f32,
}

#[derive(Endpoint)]
struct QueryValues;

impl Endpoint for QueryValues {
    type Request = Values;
    type Response = Values;

    fn configure(config: &mut Config) {
        config.get("/test-cases/ep-witout-req-query-param-binding-test");
        config.allow_anonymous();
    }

    async fn handle(&self, values: Values, cx: Cx<'_, Self>) -> Result {
        cx.send.ok_async(values).await
    }
}
