//! `POST /mobile/api/test-cases/global-prefix-override/{id}`

use hyperpoint::Raw;
use hyperpoint::prelude::*;

use super::plain_text::{Text, TextId};

#[derive(Endpoint)]
struct OverridePrefix;

impl Endpoint for OverridePrefix {
    type Request = Raw<String, TextId>;
    type Response = Text;

    fn configure(config: &mut Config) {
        config.post("/mobile/api/test-cases/global-prefix-override/{id}");
        config.unprefixed();
        config.allow_anonymous();
    }

    async fn handle(&self, request: Self::Request, cx: Cx<'_, Self>) -> Result {
        cx.send.ok_async(request.into()).await
    }
}
