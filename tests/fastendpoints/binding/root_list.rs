//! `GET /api/test-cases/root-collection-body-binding/list`

use hyperpoint::Raw;
use hyperpoint::bytes::Bytes;
use hyperpoint::http::StatusCode;
use hyperpoint::prelude::*;

#[derive(Deserialize)]
struct Item {
    #[serde(rename = "name")]
    _name: Option<String>,
}

#[derive(Serialize, JsonSchema)]
struct Counted {
    count: usize,
}

#[derive(Endpoint)]
struct RootList;

impl Endpoint for RootList {
    // The body of a GET is read by `Raw` alone.
    type Request = Raw<Bytes>;
    type Response = Counted;

    fn configure(config: &mut Config) {
        config.get("/test-cases/root-collection-body-binding/list");
        config.allow_anonymous();
    }

    async fn handle(&self, Raw { body, .. }: Raw<Bytes>, cx: Cx<'_, Self>) -> Result {
        let json = if body.is_empty() { b"[]" } else { &*body };
        let items = serde_json::from_slice::<Vec<Item>>(json);
        let items = items.or_problem(StatusCode::BAD_REQUEST, "send a list of items")?;
        cx.send.ok_async(Counted { count: items.len() }).await
    }
}
