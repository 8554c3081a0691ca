//! `GET /`: the page, which is embedded in the program.

use hyperpoint::openapi::Describe;
use hyperpoint::prelude::*;

/// The page.
#[derive(Endpoint)]
struct Page;

impl Endpoint for Page {
    type Request = ();
    type Response = ();

    fn configure(config: &mut Config) {
        config.get("/");
        config.undocumented();
        config.allow_anonymous();
    }

    async fn handle(&self, (): (), cx: Cx<'_, Self>) -> Result {
        cx.send.bytes_async(include_str!("index.html"), "text/html; charset=utf-8").await
    }
}
