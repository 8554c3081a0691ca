//! `PUT /api/test-cases/routing/regexconstraint/{code:digits(3)}`

use hyperpoint::prelude::*;

#[derive(Deserialize, JsonSchema)]
struct Code {
    code: String,
}

#[derive(Endpoint)]
struct Pattern;

impl Endpoint for Pattern {
    type Request = Code;
    type Response = String;

    fn configure(config: &mut Config) {
        config.put("/test-cases/routing/regexconstraint/{code:digits(3)}");
        config.allow_anonymous();
    }

    async fn handle(&self, request: Code, cx: Cx<'_, Self>) -> Result {
        cx.send.ok_async(request.code).await
    }
}
