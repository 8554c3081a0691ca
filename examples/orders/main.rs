//! The example API: `cargo run --example orders`. With `--openapi`, it prints its OpenAPI document. The README
//! beside it has requests to try.

use std::process::ExitCode;

use hyperpoint::openapi::DescribeApplication;
use hyperpoint::prelude::*;
use hyperpoint_sqlite::SqliteLog;
use orders_api::{Store, application_on};
use tracing_subscriber::filter::{LevelFilter, Targets};
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;

const USAGE: &str = "usage: orders [--bind ADDR] [--database FILE] [--log FOLDER] [--openapi [3.2]]\n\
    default: 127.0.0.1:8080, and a database and a log of events in memory";

#[tokio::main]
async fn main() -> ExitCode {
    tracing_subscriber::registry().with(tracing_subscriber::fmt::layer()).with(logged()).init();
    match run().await {
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

async fn run() -> Result<(), String> {
    let (mut address, mut database, mut log) = ("127.0.0.1:8080".to_owned(), None, None);
    let mut arguments = std::env::args().skip(1).peekable();
    if arguments.next_if_eq("--openapi").is_some() {
        println!("{}", openapi(arguments.next().as_deref())?);
        return Ok(());
    }
    while let Some(argument) = arguments.next() {
        match (argument.as_str(), arguments.next()) {
            ("--bind", Some(value)) => address = value,
            ("--database", Some(value)) => database = Some(value),
            ("--log", Some(value)) => log = Some(value),
            _ => return Err(USAGE.to_owned()),
        }
    }
    let store = match &database {
        Some(path) => Store::open(path),
        None => Store::in_memory(),
    };
    let path = database.as_deref().unwrap_or("in memory");
    let store = store.map_err(|error| format!("open the database {path}: {}", chain(&error)))?;
    let topics = match log {
        Some(folder) => {
            let log = SqliteLog::open(folder, |_| {}).map_err(|error| chain(&error))?;
            Topics::with_backplane(log, |_| {})
        }
        None => Topics::default(),
    };
    let host = application_on(store, topics)
        .bind(address)
        .start()
        .await
        .map_err(|error| error.to_string())?;
    println!("listening on http://{}", host.address());
    host.until_signal().await.map_err(|error| error.to_string())
}

/// Returns the text of an error with those of its causes.
fn chain(error: &dyn std::error::Error) -> String {
    let causes = std::iter::successors(error.source(), |error| error.source());
    causes.fold(error.to_string(), |text, cause| format!("{text}: {cause}"))
}

/// Returns the OpenAPI document, in 3.1 or the version that is asked for, without listening.
fn openapi(version: Option<&str>) -> Result<String, String> {
    let store = Store::in_memory().map_err(|error| format!("open the database: {error}"))?;
    let application = application_on(store, Topics::default());
    let application = application.build().map_err(|error| error.to_string())?;
    let document = application.openapi();
    match version {
        None | Some("3.1") => Ok(document.to_string()),
        Some("3.2") => Ok(document.text_3_2()),
        Some(_) => Err(USAGE.to_owned()),
    }
}
