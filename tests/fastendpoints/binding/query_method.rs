//! `QUERY /api/test-cases/query-method/attribute/{id}`

use hyperpoint::prelude::*;

#[derive(Deserialize, JsonSchema)]
struct Question {
    id: i32,
    name: Option<String>,
    filter: from::Query<Option<String>>,
    #[serde(rename = "x-query-token")]
    token: from::Header<String>,
}

#[derive(Serialize, JsonSchema)]
struct Echo {
    id: i32,
    name: Option<String>,
    filter: Option<String>,
    token: String,
    method: String,
}

#[derive(Endpoint)]
struct QueryMethod;

impl Endpoint for QueryMethod {
    type Request = Question;
    type Response = Echo;

    fn configure(config: &mut Config) {
        config.query("/test-cases/query-method/attribute/{id}");
        config.allow_anonymous();
    }

    async fn handle(&self, request: Question, cx: Cx<'_, Self>) -> Result {
        let Question { id, name, filter, token } = request;
        let method = cx.request.method.to_string();
        let echo = Echo { id, name, filter: filter.0, token: token.0, method };
        cx.send.ok_async(echo).await
    }
}
