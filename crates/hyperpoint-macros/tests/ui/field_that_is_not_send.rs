use hyperpoint::prelude::*;
use std::cell::Cell;

#[derive(Endpoint)]
struct Ping {
    count: Arc<Cell<u32>>,
}

impl Endpoint for Ping {
    type Request = ();
    type Response = ();

    fn configure(config: &mut Config) {
        config.get("/ping");
    }

    async fn handle(&self, (): (), cx: Cx<'_, Self>) -> Result {
        cx.send.no_content_async().await
    }
}

fn main() {}
