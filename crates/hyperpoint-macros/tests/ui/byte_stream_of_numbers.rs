use hyperpoint::prelude::*;

#[derive(Endpoint)]
struct Numbers;

impl Endpoint for Numbers {
    type Request = ();
    type Response = ();

    fn configure(config: &mut Config) {
        config.get("/numbers");
    }

    async fn handle(&self, (): (), cx: Cx<'_, Self>) -> Result {
        let numbers = stream! { yield 1_u32; };
        cx.send.stream_async(numbers, "text/plain").await
    }
}

fn main() {}
