//! Run `cargo run --example llm`, then open <http://127.0.0.1:8080>. The README beside it has requests
//! to try. With `--openapi`, it prints its OpenAPI document.

use std::fmt::Display;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use example_llm::{DEMO_KEY, Echo, application};
use hyperpoint::openapi::DescribeApplication;
use hyperpoint::{Host, HostError};
use tracing_subscriber::filter::{LevelFilter, Targets};
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;

const USAGE: &str = "usage: llm [--bind ADDR] [--openapi [3.2]]    (default: 127.0.0.1:8080)";

#[tokio::main]
async fn main() -> ExitCode {
    tracing_subscriber::registry().with(tracing_subscriber::fmt::layer()).with(logged()).init();
    let mut arguments = std::env::args().skip(1);
    let address = match (arguments.next().as_deref(), arguments.next(), arguments.next()) {
        (None, ..) => "127.0.0.1:8080".to_owned(),
        (Some("--bind"), Some(address), None) => address,
        (Some("--openapi"), version, None) => return print_openapi(version.as_deref()),
        _ => return failed(USAGE),
    };
    match serve(address).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => failed(error),
    }
}

fn failed(why: impl Display) -> ExitCode {
    eprintln!("{why}");
    ExitCode::FAILURE
}

/// Prints the OpenAPI document, in 3.1 or the version that is asked for, without listening.
fn print_openapi(version: Option<&str>) -> ExitCode {
    let application = match host().build() {
        Ok(application) => application,
        Err(error) => return failed(error),
    };
    let document = application.openapi();
    match version {
        None | Some("3.1") => println!("{document}"),
        Some("3.2") => println!("{}", document.text_3_2()),
        Some(_) => return failed(USAGE),
    }
    ExitCode::SUCCESS
}

fn host() -> Host {
    application(Host::new(), Arc::new(Echo::default()), |keys| keys)
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
    // An answer may take a while, and is cut when the window is over.
    let host = host().options(|options| options.drain_window = Duration::from_secs(10));
    let running = host.bind(address).start().await?;
    println!("listening on {}", running.url());
    println!("the key of the API is {DEMO_KEY}");
    running.until_signal().await
}
