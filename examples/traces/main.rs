//! `cargo run -p example-traces --example traces`, then `curl 127.0.0.1:8080/stock`.
//!
//! Spans are written to the terminal. To send them to a collector, replace the exporter by one of
//! `opentelemetry-otlp`.

use example_traces::{layer, provider, taking_part};
use hyperpoint::prelude::*;
use opentelemetry_stdout::SpanExporter;
use tracing_subscriber::filter::{LevelFilter, Targets};
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;

#[tokio::main]
async fn main() -> Result<(), HostError> {
    let bind = std::env::args().skip_while(|argument| argument != "--bind").nth(1);
    let bind = bind.unwrap_or_else(|| "127.0.0.1:8080".to_owned());
    let provider = provider(SpanExporter::default());
    let only_ours = Targets::new()
        .with_target("hyperpoint", LevelFilter::INFO)
        .with_target("example_traces", LevelFilter::INFO);
    tracing_subscriber::registry().with(only_ours).with(layer(&provider)).init();
    let running = Host::new().traces(taking_part).bind(bind).start().await?;
    println!("listening on {}", running.url());
    let served = running.until_signal().await;
    // Sends the spans that are still in a batch.
    if let Err(error) = provider.shutdown() {
        eprintln!("{error}");
    }
    served
}
