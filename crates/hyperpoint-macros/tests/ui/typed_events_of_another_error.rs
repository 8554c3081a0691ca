use hyperpoint::prelude::*;

#[derive(Serialize, JsonSchema, Events)]
enum OrderEvent {
    Placed,
}

#[derive(Endpoint)]
struct Feed;

impl Endpoint for Feed {
    type Request = ();
    type Response = Events<OrderEvent>;

    fn configure(config: &mut Config) {
        config.get("/feed");
    }

    async fn handle(&self, (): (), cx: Cx<'_, Self>) -> Result {
        cx.send.events_async(events()).await
    }
}

fn events() -> impl Stream<Item = std::io::Result<OrderEvent>> {
    stream! {
        yield Ok(OrderEvent::Placed);
    }
}

fn main() {}
