//! `GET /stock`: calls the warehouse.

use hyperpoint::http::Request;
use hyperpoint::prelude::*;

/// `GET /stock`: calls the warehouse, and responds with the headers that the call would have.
#[derive(Endpoint)]
struct Stock;

impl Endpoint for Stock {
    type Request = ();
    type Response = ();

    fn configure(config: &mut Config) {
        config.get("/stock");
        config.allow_anonymous();
    }

    async fn handle(&self, (): (), cx: Cx<'_, Self>) -> Result {
        let mut call = Request::get("http://warehouse/stock").body(())?;
        call.headers_mut().extend(cx.trace.headers());
        tracing::info!("the warehouse is asked");
        let parent = call.headers().get("traceparent").and_then(|parent| parent.to_str().ok());
        cx.send.string_async(parent.unwrap_or_default()).await
    }
}
