//! `POST /api/test-cases/routing/user/{userId}`

use hyperpoint::prelude::*;

#[derive(Deserialize, JsonSchema)]
struct User {
    #[serde(rename = "userId")]
    user_id: String,
}

#[derive(Endpoint)]
struct UserById;

impl Endpoint for UserById {
    type Request = User;
    type Response = String;

    fn configure(config: &mut Config) {
        config.post("/test-cases/routing/user/{userId}");
        config.allow_anonymous();
    }

    async fn handle(&self, request: User, cx: Cx<'_, Self>) -> Result {
        cx.send.ok_async(request.user_id).await
    }
}
