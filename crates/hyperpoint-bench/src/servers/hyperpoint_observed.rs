//! The server on Hyperpoint with Prometheus metrics and tracing spans, whose output is discarded.
//! It is a separate program, so that the other server is compiled without these features.

mod endpoints;

use hyperpoint::Prometheus;
use hyperpoint::prelude::*;
use hyperpoint_bench::{address, announce, runtime};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    tracing_subscriber::fmt().with_writer(std::io::sink).init();
    let prometheus = Prometheus::new();
    let host = Host::new().bind(address()).prometheus(&prometheus).traces(|traces| traces);
    runtime()?.block_on(async {
        let host = host.start().await?;
        announce(host.address());
        Ok(host.until_signal().await?)
    })
}
