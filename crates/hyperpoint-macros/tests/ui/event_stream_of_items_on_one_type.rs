use hyperpoint::prelude::*;

#[derive(Endpoint)]
struct Ping;

impl Endpoint for Ping {
    type Request = ();
    type Response = Events<u32>;

    fn configure(config: &mut Config) {
        config.get("/ping");
    }

    async fn handle(&self, (): (), cx: Cx<'_, Self>) -> Result {
        cx.send.event_stream_async("item", items()).await
    }
}

fn items() -> impl Stream<Item = StreamItem> {
    stream! {
        yield StreamItem::text("one");
    }
}

fn main() {}
