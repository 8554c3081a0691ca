//! `GET /`: leads to both pages.

use hyperpoint::prelude::*;

#[derive(Endpoint)]
struct Start;

impl Endpoint for Start {
    type Request = ();
    type Response = ();

    fn configure(config: &mut Config) {
        config.get("/");
        config.allow_anonymous();
    }

    async fn handle(&self, (): (), cx: Cx<'_, Self>) -> Result {
        cx.send.bytes_async(include_str!("start.html"), "text/html; charset=utf-8").await
    }
}
