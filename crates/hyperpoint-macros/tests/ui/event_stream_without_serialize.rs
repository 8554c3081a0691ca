use hyperpoint::prelude::*;

struct Price(u32);

#[derive(Endpoint)]
struct Ping;

impl Endpoint for Ping {
    type Request = ();
    type Response = Events<Price>;

    fn configure(config: &mut Config) {
        config.get("/ping");
    }

    async fn handle(&self, (): (), cx: Cx<'_, Self>) -> Result {
        cx.send.event_stream_async("price", prices()).await
    }
}

fn prices() -> impl Stream<Item = Price> {
    stream! {
        yield Price(1);
    }
}

fn main() {}
