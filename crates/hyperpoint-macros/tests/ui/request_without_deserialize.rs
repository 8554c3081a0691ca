use hyperpoint::prelude::*;

#[derive(JsonSchema)]
struct Who {
    name: String,
}

#[derive(Endpoint)]
struct Ping;

impl Endpoint for Ping {
    type Request = Who;
    type Response = ();

    fn configure(config: &mut Config) {
        config.get("/ping");
    }

    async fn handle(&self, who: Who, cx: Cx<'_, Self>) -> Result {
        cx.send.string_async(who.name).await
    }
}

fn main() {}
