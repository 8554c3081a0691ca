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

fn numbers() -> impl Stream<Item = u32> {
    stream! {
        for text in ["7", "8"] {
            let number: u32 = text.parse()?;
            yield number;
        }
    }
}

fn main() {}
