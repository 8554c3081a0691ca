use hyperpoint::Raw;
use hyperpoint::prelude::*;

struct Picture;

#[derive(Endpoint)]
struct Store;

impl Endpoint for Store {
    type Request = Raw<Picture>;
    type Response = ();

    fn configure(config: &mut Config) {
        config.put("/store");
    }

    async fn handle(&self, _: Raw<Picture>, cx: Cx<'_, Self>) -> Result {
        cx.send.no_content_async().await
    }
}

fn main() {}
