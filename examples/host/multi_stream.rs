//! `GET /multi-stream`: a stream with several types of events, which resumes after a client's last
//! event id.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use hyperpoint::prelude::*;

const ODD_SECOND: EventName = EventName::from_static("odd-second");
const EVEN_SECOND: EventName = EventName::from_static("even-second");

/// Streams a GUID in odd seconds and a greeting in even ones, each with an id.
#[derive(Endpoint)]
struct MultiStream;

impl Endpoint for MultiStream {
    type Request = ();
    type Response = Events;

    fn configure(config: &mut Config) {
        config.get("/multi-stream");
        config.allow_anonymous();
        config.cors(|cors| cors.allow_any_origin());
    }

    async fn handle(&self, (): (), cx: Cx<'_, Self>) -> Result {
        let last_id = cx.last_event_id.and_then(|id| id.parse().ok()).unwrap_or(0);
        cx.send.stream_items_async(items(last_id)).await
    }
}

fn items(last_id: u64) -> impl Stream<Item = Result<StreamItem>> {
    try_stream! {
        for id in last_id.saturating_add(1).. {
            tokio::time::sleep(Duration::from_secs(1)).await;
            let seconds = SystemTime::now().duration_since(UNIX_EPOCH)?.as_secs();
            if seconds % 2 == 1 {
                yield StreamItem::json(&Uuid::new_v4())?.named(ODD_SECOND).id(id);
            } else {
                yield StreamItem::text("hello!").named(EVEN_SECOND).id(id);
            }
        }
    }
}
