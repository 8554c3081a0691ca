//! `GET /`: the page.

use hyperpoint::openapi::Describe;
use hyperpoint::prelude::*;

/// Sends the page, which is embedded in the program.
#[derive(Endpoint)]
struct Page;

impl Endpoint for Page {
    type Request = ();
    type Response = ();

    fn configure(config: &mut Config) {
        config.get("/");
        config.allow_anonymous();
        config.undocumented();
    }

    async fn handle(&self, (): (), cx: Cx<'_, Self>) -> Result {
        cx.send.bytes_async(include_str!("index.html"), "text/html; charset=utf-8").await
    }
}
