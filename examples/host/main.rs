//! The example host: `cargo run --example host`, then open <http://127.0.0.1:8080>.
//!
//! Each endpoint is one struct in its own file, and none is named here: the derive registers them.

mod event_stream;
mod multi_stream;
mod tokens;
mod page;
#[cfg(feature = "tls")]
mod certificate;
mod command_line;

use std::process::ExitCode;
use std::time::Duration;

use command_line::CommandLine;
use hyperpoint::prelude::*;
use tracing_subscriber::filter::{LevelFilter, Targets};
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;

#[tokio::main]
async fn main() -> ExitCode {
    tracing_subscriber::registry().with(tracing_subscriber::fmt::layer()).with(logged()).init();
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

/// What is logged: what the variable `RUST_LOG` says, such as `info` or `warn,hyperpoint_host=debug`.
/// Default: errors.
fn logged() -> Targets {
    let asked = std::env::var("RUST_LOG").ok().and_then(|levels| levels.parse().ok());
    asked.unwrap_or_else(|| Targets::new().with_default(LevelFilter::ERROR))
}

async fn serve(asked: CommandLine) -> Result<(), Box<dyn std::error::Error>> {
    if asked.routes {
        print!("{}", Host::new().build()?.route_listing());
        return Ok(());
    }
    // After Ctrl-C at a terminal, a user does not want to wait long.
    let drain_window = Duration::from_secs(2);
    let host = Host::new().options(|options| options.drain_window = drain_window).bind(asked.bind);
    let host = if asked.tls { secured(host)? } else { host };
    let running = host.start().await?;
    println!("listening on {}", running.url());
    Ok(running.until_signal().await?)
}

#[cfg(feature = "tls")]
fn secured(host: Host) -> Result<Host, rcgen::Error> {
    Ok(host.tls(certificate::self_signed()?))
}

/// TLS is a feature, so that the first build does not wait for its cryptography.
#[cfg(not(feature = "tls"))]
fn secured(_: Host) -> Result<Host, &'static str> {
    Err("this program was built without TLS; type\n\n    \
         cargo run --example host --features example-host/tls -- --tls")
}
