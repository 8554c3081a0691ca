use hyperpoint::prelude::*;

struct Ping;

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
