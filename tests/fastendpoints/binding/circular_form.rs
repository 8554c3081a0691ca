//! `POST /api/api/test-cases/circular-fromform-binding-test`

use hyperpoint::prelude::*;

use super::circular_query::{Names, Node};

#[derive(Deserialize, JsonSchema)]
struct NodeForm {
    data: from::Form<Node>,
}

#[derive(Endpoint)]
struct CircularForm;

impl Endpoint for CircularForm {
    type Request = NodeForm;
    type Response = Names;

    fn configure(config: &mut Config) {
        config.post("/api/test-cases/circular-fromform-binding-test");
        config.allow_anonymous();
    }

    async fn handle(&self, NodeForm { data }: NodeForm, cx: Cx<'_, Self>) -> Result {
        cx.send.ok_async(data.0.into()).await
    }
}
