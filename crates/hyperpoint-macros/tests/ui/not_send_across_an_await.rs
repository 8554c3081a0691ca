use hyperpoint::prelude::*;
use std::rc::Rc;

#[derive(Endpoint)]
struct Ping;

impl Endpoint for Ping {
    type Request = ();
    type Response = ();

    fn configure(config: &mut Config) {
        config.get("/ping");
    }

    async fn handle(&self, (): (), cx: Cx<'_, Self>) -> Result {
        let count = Rc::new(1);
        let sent = cx.send.no_content_async().await;
        drop(count);
        sent
    }
}

fn main() {}
