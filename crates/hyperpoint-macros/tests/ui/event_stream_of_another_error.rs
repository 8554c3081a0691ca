use hyperpoint::prelude::*;

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

fn numbers() -> impl Stream<Item = Result<u32, std::io::Error>> {
    stream! {
        yield Ok(1);
    }
}

fn main() {}
