use hyperpoint::prelude::*;

#[derive(Serialize, JsonSchema, Events)]
enum OrderEvent {
    Placed,
}

#[derive(Serialize, JsonSchema, Events)]
enum Refund {
    Paid,
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
        let mut events = cx.send.open_event_stream_async().await?;
        events.event(&Refund::Paid).await?;
        events.close().await
    }
}

fn main() {}
