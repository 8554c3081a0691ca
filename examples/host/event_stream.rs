//! `GET /event-stream`: a stream with one type of event.

use std::time::Duration;

use hyperpoint::prelude::*;
use serde_json::{Value, json};

/// Streams a new GUID each second.
#[derive(Endpoint)]
struct EventStream;

impl Endpoint for EventStream {
    type Request = ();
    type Response = Events<Value>;

    fn configure(config: &mut Config) {
        config.get("/event-stream");
        config.allow_anonymous();
        config.cors(|cors| cors.allow_any_origin());
    }

    async fn handle(&self, (): (), cx: Cx<'_, Self>) -> Result {
        cx.send.event_stream_async("my-event", guids()).await
    }
}

fn guids() -> impl Stream<Item = Value> {
    stream! {
        loop {
            tokio::time::sleep(Duration::from_secs(1)).await;
            yield json!({ "guid": Uuid::new_v4() });
        }
    }
}
