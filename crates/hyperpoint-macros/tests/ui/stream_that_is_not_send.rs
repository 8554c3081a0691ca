use hyperpoint::prelude::*;
use std::rc::Rc;

#[derive(Endpoint)]
struct Ping;

impl Endpoint for Ping {
    type Request = ();
    type Response = Events<u32>;

    fn configure(config: &mut Config) {
        config.get("/ping");
    }

    async fn handle(&self, (): (), cx: Cx<'_, Self>) -> Result {
        cx.send.event_stream_async("number", numbers()).await
    }
}

fn numbers() -> impl Stream<Item = u32> {
    let last = Rc::new(1);
    stream! {
        yield *last;
    }
}

fn main() {}
