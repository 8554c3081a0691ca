//! `POST /test-cases/plaintext/{id}`

use hyperpoint::Raw;
use hyperpoint::prelude::*;

#[derive(Deserialize, JsonSchema)]
pub(super) struct TextId {
    id: i32,
}

#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct Text {
    id: i32,
    body_content: String,
}

#[derive(Endpoint)]
struct PlainText;

impl From<Raw<String, TextId>> for Text {
    fn from(request: Raw<String, TextId>) -> Self {
        Self { id: request.fields.id, body_content: request.body }
    }
}

impl Endpoint for PlainText {
    type Request = Raw<String, TextId>;
    type Response = Text;

    fn configure(config: &mut Config) {
        config.post("/test-cases/plaintext/{id}");
        config.unprefixed();
        config.allow_anonymous();
    }

    async fn handle(&self, request: Self::Request, cx: Cx<'_, Self>) -> Result {
        cx.send.ok_async(request.into()).await
    }
}
