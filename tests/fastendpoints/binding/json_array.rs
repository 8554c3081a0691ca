//! `POST /api/test-cases/json-array-binding-to-ienumerable-dto`

use hyperpoint::prelude::*;

#[derive(Deserialize, Serialize, JsonSchema)]
struct Item {
    id: i32,
    name: String,
}

#[derive(Endpoint)]
struct JsonArray;

impl Endpoint for JsonArray {
    type Request = Vec<Item>;
    type Response = Vec<Item>;

    fn configure(config: &mut Config) {
        config.post("/test-cases/json-array-binding-to-ienumerable-dto");
        config.allow_anonymous();
    }

    async fn handle(&self, items: Vec<Item>, cx: Cx<'_, Self>) -> Result {
        cx.send.ok_async(items).await
    }
}
