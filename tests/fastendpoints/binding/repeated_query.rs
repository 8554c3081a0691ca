//! `GET /api/test-cases/dupe-param-binding-for-ienumerable-props`

use hyperpoint::prelude::*;
use jiff::civil::DateTime;

#[derive(Default, Deserialize, Serialize, JsonSchema)]
#[serde(default)]
struct Lists {
    strings: Vec<String>,
    #[serde(rename(deserialize = "morestrings", serialize = "moreStrings"))]
    more_strings: Vec<String>,
    doubles: Vec<f64>,
    ints: Vec<i32>,
    guids: Vec<Uuid>,
    dates: Vec<DateTime>,
    persons: Vec<Person>,
}

#[derive(Deserialize, Serialize, JsonSchema)]
struct Person {
    name: String,
    age: i32,
}

#[derive(Endpoint)]
struct RepeatedQuery;

impl Endpoint for RepeatedQuery {
    type Request = Lists;
    type Response = Lists;

    fn configure(config: &mut Config) {
        config.get("/test-cases/dupe-param-binding-for-ienumerable-props");
        config.allow_anonymous();
    }

    async fn handle(&self, lists: Lists, cx: Cx<'_, Self>) -> Result {
        cx.send.ok_async(lists).await
    }
}
