//! The example host: `cargo run --example host`, then open <http://127.0.0.1:8080>.
//!
//! Each endpoint is one struct in its own file, and none is named here: the derive registers them.

mod event_stream;
mod multi_stream;
mod tokens;
mod page;
mod certificate;
mod command_line;

use std::process::ExitCode;
use std::time::Duration;

use command_line::CommandLine;
use hyperpoint::prelude::*;

#[tokio::main]
async fn main() -> ExitCode {
    tracing_subscriber::fmt()
        .with_env_filter(tracing_subscriber::EnvFilter::from_default_env())
        .init();
    let result = match CommandLine::parse(std::env::args().skip(1)) {
        Ok(asked) => serve(asked).await.map_err(|error| error.to_string()),
        Err(usage) => Err(usage.to_owned()),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(text) => {
            eprintln!("{text}");
            ExitCode::FAILURE
        }
    }
}

async fn serve(asked: CommandLine) -> Result<(), HostError> {
    if asked.routes {
        print!("{}", Host::new().build()?.route_listing());
        return Ok(());
    }
    // After Ctrl-C at a terminal, a user does not want to wait long.
    let drain_window = Duration::from_secs(2);
    let host = Host::new().options(|options| options.drain_window = drain_window).bind(asked.bind);
    let host = if asked.tls { host.tls(certificate::self_signed()) } else { host };
    let running = host.start().await?;
    println!("listening on {}", running.url());
    running.until_signal().await
}
