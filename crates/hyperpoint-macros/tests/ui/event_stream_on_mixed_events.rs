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
        cx.send.event_stream_async("number", numbers()).await
    }
}

fn numbers() -> impl Stream<Item = u32> {
    stream! {
        yield 1;
    }
}

fn main() {}
