//! `GET /api/test-cases/circular-query-object-binding-test`

use hyperpoint::prelude::*;

#[derive(Deserialize, JsonSchema)]
pub(super) struct Node {
    name: Option<String>,
    child: Option<Box<Node>>,
}

#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct Names {
    name: Option<String>,
    child_name: Option<String>,
}

#[derive(Endpoint)]
struct CircularQuery;

impl From<Node> for Names {
    fn from(node: Node) -> Self {
        Self { name: node.name, child_name: node.child.and_then(|child| child.name) }
    }
}

impl Endpoint for CircularQuery {
    type Request = Node;
    type Response = Names;

    fn configure(config: &mut Config) {
        config.get("/test-cases/circular-query-object-binding-test");
        config.allow_anonymous();
    }

    async fn handle(&self, node: Node, cx: Cx<'_, Self>) -> Result {
        cx.send.ok_async(node.into()).await
    }
}
