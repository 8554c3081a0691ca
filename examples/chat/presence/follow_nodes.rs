//! `GET /nodes`

use hyperpoint::OnLag;
use hyperpoint::prelude::*;

use super::node::{NODES, Node};

/// Streams the newest state of each node: its address, and the users who are connected to it.
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
