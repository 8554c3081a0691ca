use hyperpoint::prelude::*;

#[derive(Endpoint)]
struct Ping;

impl Endpoint for Ping {
    type Request = ();
    type Response = Events;

    fn configure(config: &mut Config) {
        config.get("/ping");
    }

    async fn handle(&self, (): (), cx: Cx<'_, Self>) -> Result {
        let items = futures_util::stream::iter([StreamItem::text("one").id("7")]);
        cx.send.stream_items_async(items).await
    }
}

fn main() {}
