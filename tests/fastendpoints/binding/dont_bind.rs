//! `POST /api/test-cases/dont-bind-attribute-test/{routeName}`

use hyperpoint::prelude::*;

#[derive(Deserialize, JsonSchema)]
struct FromTheBody {
    #[serde(rename = "routeName")]
    _route_name: String,
    id: i32,
    name: String,
}

#[derive(Endpoint)]
struct DontBind;

impl Endpoint for DontBind {
    type Request = FromTheBody;
    type Response = ();

    fn configure(config: &mut Config) {
        config.post("/test-cases/dont-bind-attribute-test/{routeName}");
        config.allow_anonymous();
    }

    async fn handle(&self, request: FromTheBody, cx: Cx<'_, Self>) -> Result {
        cx.send.string_async(format!("{} - {}", request.id, request.name)).await
    }
}
