//! The example host: `cargo run --example host`, then open <http://127.0.0.1:8080>.
//!
//! Each endpoint is one struct in a file of its own, and none of them is named here: the derive
//! registers them.

mod event_stream;
mod multi_stream;
mod tokens;
mod page;

use std::process::ExitCode;

use hyperpoint::prelude::*;

const USAGE: &str = "usage: host [--bind ADDR]   (or HYPERPOINT_BIND=ADDR; default 127.0.0.1:8080)";

#[tokio::main]
async fn main() -> ExitCode {
    tracing_subscriber::fmt()
        .with_env_filter(tracing_subscriber::EnvFilter::from_default_env())
        .init();
    let result = match address() {
        Ok(address) => serve(address).await.map_err(|error| error.to_string()),
        Err(usage) => Err(usage),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(text) => {
            eprintln!("{text}");
            ExitCode::FAILURE
        }
    }
}

async fn serve(address: String) -> Result<(), HostError> {
    let host = Host::new().bind(address).start().await?;
    println!("listening on http://{}", host.address());
    host.until_signal().await
}

/// The address to listen on: of the arguments, else of the environment, else the usual one.
fn address() -> Result<String, String> {
    let mut arguments = std::env::args().skip(1);
    match (arguments.next().as_deref(), arguments.next(), arguments.next()) {
        (None, ..) => {
            Ok(std::env::var("HYPERPOINT_BIND").unwrap_or_else(|_| "127.0.0.1:8080".to_owned()))
        }
        (Some("--bind"), Some(address), None) => Ok(address),
        _ => Err(USAGE.to_owned()),
    }
}
