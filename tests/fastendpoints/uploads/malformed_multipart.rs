//! `POST /malformed-multipart-test`

use hyperpoint::prelude::*;

#[derive(Deserialize, JsonSchema)]
struct Upload {
    #[serde(rename = "file")]
    _file: Option<from::File>,
}

#[derive(Endpoint)]
struct MalformedMultipart;

impl Endpoint for MalformedMultipart {
    type Request = Upload;
    type Response = String;

    fn configure(config: &mut Config) {
        config.post("/malformed-multipart-test");
        config.unprefixed();
        config.allow_anonymous();
    }

    async fn handle(&self, _: Upload, cx: Cx<'_, Self>) -> Result {
        cx.send.ok_async("ok".to_owned()).await
    }
}
