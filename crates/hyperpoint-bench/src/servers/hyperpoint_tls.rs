//! The server on Hyperpoint with TLS, for idle streams. It is a separate program, so that the other
//! server is measured without TLS compiled in.

use hyperpoint::Tls;
use hyperpoint::prelude::*;
use hyperpoint_bench::{Reading, address, announce, tls};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let (certificate, key) = tls().ok_or("--tls CERTIFICATE KEY is missing")?;
    let host = Host::new().tls(Tls::files(certificate, key)).bind(address()).start().await?;
    announce(host.address());
    Ok(host.until_signal().await?)
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

    async fn handle(&self, (): (), cx: Cx<'_, Self>) -> Result {
        cx.send.event_stream_async("reading", futures_util::stream::pending::<Reading>()).await
    }
}
