//! A stream without events, which stays open.

use hyperpoint::prelude::*;

use super::visits::Visits;

/// Sends its head and then nothing.
#[derive(Endpoint)]
pub(super) struct Quiet {
    visits: Arc<Visits>,
}

impl Endpoint for Quiet {
    type Request = ();
    type Response = Events;

    fn configure(config: &mut Config) {
        config.get("/quiet");
        config.allow_anonymous();
    }

    async fn handle(&self, (): (), cx: Cx<'_, Self>) -> Result {
        self.visits.begin(cx.request, cx.last_event_id);
        cx.send.stream_items_async(futures_util::stream::pending::<StreamItem>()).await
    }
}
