//! `GET /api/test-cases/json-array-binding-for-ienumerable-props`

use std::collections::BTreeMap;

use hyperpoint::prelude::*;
use jiff::civil::DateTime;

#[derive(Default, Deserialize, Serialize, JsonSchema)]
#[serde(default)]
struct Values {
    doubles: Vec<f64>,
    ints: Vec<i32>,
    guids: Vec<Uuid>,
    dates: Vec<DateTime>,
    steven: Option<Steven>,
    dict: BTreeMap<String, String>,
}

#[derive(Deserialize, Serialize, JsonSchema)]
struct Steven {
    age: i32,
    name: String,
}

#[derive(Endpoint)]
struct JsonArrayQuery;

impl Endpoint for JsonArrayQuery {
    type Request = Values;
    type Response = Values;

    fn configure(config: &mut Config) {
        config.get("/test-cases/json-array-binding-for-ienumerable-props");
        config.allow_anonymous();
    }

    async fn handle(&self, values: Values, cx: Cx<'_, Self>) -> Result {
        cx.send.ok_async(values).await
    }
}
