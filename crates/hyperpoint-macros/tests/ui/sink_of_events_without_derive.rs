use hyperpoint::prelude::*;

#[derive(Endpoint)]
struct Feed;

impl Endpoint for Feed {
    type Request = ();
    type Response = Events<u32>;

    fn configure(config: &mut Config) {
        config.get("/feed");
    }

    async fn handle(&self, (): (), cx: Cx<'_, Self>) -> Result {
        let mut events = cx.send.open_event_stream_async().await?;
        events.event(&1).await?;
        events.close().await
    }
}

fn main() {}
