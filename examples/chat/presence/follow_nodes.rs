//! `GET /nodes`

use hyperpoint::OnLag;
use hyperpoint::prelude::*;

use super::node::{NODES, Node};

/// Tells of each node the newest: where it is, and who is with it.
#[derive(Endpoint)]
pub struct FollowNodes {
    topics: Arc<Topics>,
}

impl Endpoint for FollowNodes {
    type Request = ();
    type Response = Events<Node>;

    fn configure(config: &mut Config) {
        config.get("/nodes");
    }

    async fn handle(&self, (): (), cx: Cx<'_, Self>) -> Result {
        let nodes = self.topics.topic(NODES);
        cx.send.topic_async(&nodes).history(usize::MAX).on_lag(OnLag::Conflate).await
    }
}
