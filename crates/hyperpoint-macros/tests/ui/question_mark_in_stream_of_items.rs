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
        let items = stream! {
            yield StreamItem::json(&1)?;
            yield StreamItem::json(&2)?;
        };
        cx.send.stream_items_async(items).await
    }
}

fn main() {}
