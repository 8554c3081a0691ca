use hyperpoint::prelude::*;

struct Pong {
    name: String,
}

#[derive(Endpoint)]
struct Ping;

impl Endpoint for Ping {
    type Request = ();
    type Response = Pong;

    fn configure(config: &mut Config) {
        config.get("/ping");
    }

    async fn handle(&self, (): (), cx: Cx<'_, Self>) -> Result {
        let pong = Pong {
            name: String::from("one"),
        };
        cx.send.ok_async(pong).await
    }
}

fn main() {}
