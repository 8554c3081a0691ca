//! Live prices: `cargo run --example ticker`, then open <http://127.0.0.1:8080>.
//!
//! With `--log FOLDER` or `--nats URL` the ticks outlive the server: stop it, start it again, and
//! the page shows each tick once.

mod prices;
mod endpoints;
mod command_line;

use std::process::ExitCode;

use hyperpoint::prelude::*;
use hyperpoint::topics::backplane::Backplane;
use hyperpoint_nats::JetStream;
use hyperpoint_sqlite::SqliteLog;
use tracing_subscriber::filter::{LevelFilter, Targets};
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;

use crate::command_line::{CommandLine, Kept};
use crate::prices::{TICKS, make};

type Failure = Box<dyn std::error::Error>;

#[tokio::main]
async fn main() -> ExitCode {
    tracing_subscriber::registry().with(tracing_subscriber::fmt::layer()).with(logged()).init();
    let result = match CommandLine::parse(std::env::args().skip(1)) {
        Ok(line) => serve(line).await.map_err(|error| with_sources(&*error)),
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

async fn serve(line: CommandLine) -> Result<(), Failure> {
    let (topics, last) = topics(&line.kept).await?;
    let ticks = topics.topic(TICKS);
    let host = Host::new().service(Arc::new(topics)).bind(line.address).start().await?;
    println!("listening on {}", host.url());
    tokio::spawn(make(ticks, last, host.stopping().clone()));
    Ok(host.until_signal().await?)
}

/// Returns the topics, stored where the command line says, and the id of the last stored event.
async fn topics(kept: &Kept) -> Result<(Topics, Option<EventId>), Failure> {
    match kept {
        Kept::InMemory => Ok((Topics::default(), None)),
        Kept::Log(folder) => of(SqliteLog::open(folder, |_| {})?).await,
        Kept::Nats(url) => {
            let engine = JetStream::connect(url).await;
            // What precedes `@` may be a password.
            let server = url.rsplit('@').next().unwrap_or(url);
            let named = |error| format!("--nats {server}: failed to {}", with_sources(&error));
            of(engine.map_err(named)?).await
        }
    }
}

async fn of(engine: impl Backplane) -> Result<(Topics, Option<EventId>), Failure> {
    let end = engine.follow(None).await;
    let end = end.map_err(|error| format!("failed to {}", with_sources(&error)))?.position;
    Ok((Topics::with_backplane(engine, |_| {}), Some(end.id())))
}

/// Formats an error with its sources.
fn with_sources(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(error) = source {
        text = format!("{text}: {error}");
        source = error.source();
    }
    text
}
