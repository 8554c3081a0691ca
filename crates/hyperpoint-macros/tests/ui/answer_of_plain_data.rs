use hyperpoint::prelude::*;

#[derive(Endpoint)]
struct Plain;

impl Endpoint for Plain {
    type Request = ();
    type Response = String;

    fn configure(config: &mut Config) {
        config.get("/plain");
    }

    async fn handle(&self, (): (), cx: Cx<'_, Self>) -> Result {
        cx.send.answer_async("plain".to_owned()).await
    }
}

fn main() {}
