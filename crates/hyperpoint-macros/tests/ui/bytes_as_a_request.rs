use hyperpoint::bytes::Bytes;
use hyperpoint::prelude::*;

#[derive(Endpoint)]
struct Store;

impl Endpoint for Store {
    type Request = Bytes;
    type Response = ();

    fn configure(config: &mut Config) {
        config.put("/store");
    }

    async fn handle(&self, _: Bytes, cx: Cx<'_, Self>) -> Result {
        cx.send.no_content_async().await
    }
}

fn main() {}
