//! Hyperpoint as it comes.

use hyperpoint::http::HeaderValue;
use hyperpoint::prelude::*;
use hyperpoint_bench::{Echo, Reading, TEXT, address, announce};

const TEXT_PLAIN: HeaderValue = HeaderValue::from_static("text/plain; charset=utf-8");

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), HostError> {
    let host = Host::new().bind(address()).start().await?;
    announce(host.address());
    host.until_signal().await
}

#[derive(Endpoint)]
struct Plaintext;

impl Endpoint for Plaintext {
    type Request = ();
    type Response = ();

    fn configure(config: &mut Config) {
        config.get("/plaintext");
        config.allow_anonymous();
    }

    async fn handle(&self, _: (), cx: Cx<'_, Self>) -> Result {
        cx.send.bytes_async(TEXT, TEXT_PLAIN).await
    }
}

#[derive(Endpoint)]
struct Json;

impl Endpoint for Json {
    type Request = ();
    type Response = Reading;

    fn configure(config: &mut Config) {
        config.get("/json");
        config.allow_anonymous();
    }

    async fn handle(&self, _: (), cx: Cx<'_, Self>) -> Result {
        cx.send.ok_async(Reading::new(1)).await
    }
}

#[derive(Endpoint)]
struct EchoBody;

impl Endpoint for EchoBody {
    type Request = Echo;
    type Response = Echo;

    fn configure(config: &mut Config) {
        config.post("/echo");
        config.allow_anonymous();
    }

    async fn handle(&self, echo: Echo, cx: Cx<'_, Self>) -> Result {
        cx.send.ok_async(echo).await
    }
}

#[derive(Endpoint)]
struct Readings;

impl Endpoint for Readings {
    type Request = ();
    type Response = Events<Reading>;

    fn configure(config: &mut Config) {
        config.get("/events");
        config.allow_anonymous();
    }

    async fn handle(&self, _: (), cx: Cx<'_, Self>) -> Result {
        let readings = futures_util::stream::iter((0..).map(Reading::new));
        cx.send.event_stream_async("reading", readings).await
    }
}

#[derive(Endpoint)]
struct Idle;

impl Endpoint for Idle {
    type Request = ();
    type Response = Events<Reading>;

    fn configure(config: &mut Config) {
        config.get("/idle");
        config.allow_anonymous();
    }

    async fn handle(&self, _: (), cx: Cx<'_, Self>) -> Result {
        cx.send.event_stream_async("reading", futures_util::stream::pending::<Reading>()).await
    }
}
