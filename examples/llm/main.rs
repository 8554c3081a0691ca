//! Run `cargo run --example llm`, then open <http://127.0.0.1:8080>. The README beside it has requests
//! to try.

use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use example_llm::{DEMO_KEY, Echo, application};
use hyperpoint::{Host, HostError};
use tracing_subscriber::filter::{LevelFilter, Targets};
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;

const USAGE: &str = "usage: llm [--bind ADDR]    (default: 127.0.0.1:8080)";

#[tokio::main]
async fn main() -> ExitCode {
    tracing_subscriber::registry().with(tracing_subscriber::fmt::layer()).with(logged()).init();
    let mut arguments = std::env::args().skip(1);
    let address = match (arguments.next().as_deref(), arguments.next(), arguments.next()) {
        (None, ..) => "127.0.0.1:8080".to_owned(),
        (Some("--bind"), Some(address), None) => address,
        _ => {
            eprintln!("{USAGE}");
            return ExitCode::FAILURE;
        }
    };
    match serve(address).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

/// What is logged: what the variable `RUST_LOG` says. Default: each generation, and errors.
fn logged() -> Targets {
    let asked = std::env::var("RUST_LOG").ok().and_then(|levels| levels.parse().ok());
    asked.unwrap_or_else(|| {
        Targets::new()
            .with_default(LevelFilter::ERROR)
            .with_target("example_llm", LevelFilter::INFO)
    })
}

async fn serve(address: String) -> Result<(), HostError> {
    let host = application(Host::new(), Arc::new(Echo::default()), |keys| keys);
    // An answer may take a while, and is cut when the window is over.
    let host = host.options(|options| options.drain_window = Duration::from_secs(10));
    let running = host.bind(address).start().await?;
    println!("listening on {}", running.url());
    println!("the key of the API is {DEMO_KEY}");
    running.until_signal().await
}
