use hyperpoint::prelude::*;

#[derive(Endpoint)]
union Ping {
    one: u8,
    two: u8,
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
