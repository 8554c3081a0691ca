//! `PUT /api/test-cases/routing/constrained/{id:int}`

use hyperpoint::prelude::*;

#[derive(Deserialize, JsonSchema)]
struct Id {
    id: i32,
}

#[derive(Endpoint)]
struct Constrained;

impl Endpoint for Constrained {
    type Request = Id;
    type Response = i32;

    fn configure(config: &mut Config) {
        config.put("/test-cases/routing/constrained/{id:int}");
        config.allow_anonymous();
    }

    async fn handle(&self, request: Id, cx: Cx<'_, Self>) -> Result {
        cx.send.ok_async(request.id).await
    }
}
