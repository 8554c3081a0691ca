use hyperpoint::prelude::*;

#[derive(Endpoint)]
struct Ping;

impl Endpoint for Ping {
    type Request = ();
    type Response = u32;

    fn configure(config: &mut Config) {
        config.get("/ping");
    }

    async fn handle(&self, (): (), cx: Cx<'_, Self>) -> Result {
        cx.send.ok_async("one").await
    }
}

fn main() {}
