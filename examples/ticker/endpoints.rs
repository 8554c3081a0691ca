//! The endpoints of the page.

use hyperpoint::OnLag;
use hyperpoint::prelude::*;

use crate::prices::{TICKS, Tick};

/// `GET /prices`: the newest price of each symbol. A client that falls behind skips old prices.
#[derive(Endpoint)]
struct Prices {
    topics: Arc<Topics>,
}

impl Endpoint for Prices {
    type Request = ();
    type Response = Events<Tick>;

    fn configure(config: &mut Config) {
        config.get("/prices");
        config.allow_anonymous();
    }

    async fn handle(&self, (): (), cx: Cx<'_, Self>) -> Result {
        let ticks = self.topics.topic(TICKS);
        cx.send.topic_async(&ticks).history(usize::MAX).on_lag(OnLag::Conflate).await
    }
}

/// `GET /ticks`: every change of every price. A client that reconnects receives every tick that it
/// missed.
#[derive(Endpoint)]
struct Ticks {
    topics: Arc<Topics>,
}

impl Endpoint for Ticks {
    type Request = ();
    type Response = Events<Tick>;

    fn configure(config: &mut Config) {
        config.get("/ticks");
        config.allow_anonymous();
    }

    async fn handle(&self, (): (), cx: Cx<'_, Self>) -> Result {
        cx.send.topic_async(&self.topics.topic(TICKS)).await
    }
}

/// `GET /`: the page, which is embedded in the program.
#[derive(Endpoint)]
struct Page;

impl Endpoint for Page {
    type Request = ();
    type Response = ();

    fn configure(config: &mut Config) {
        config.get("/");
        config.allow_anonymous();
    }

    async fn handle(&self, (): (), cx: Cx<'_, Self>) -> Result {
        cx.send.bytes_async(include_str!("index.html"), "text/html; charset=utf-8").await
    }
}
