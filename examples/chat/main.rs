//! A chat on two nodes: `cargo run --example chat`, then open <http://127.0.0.1:8080> and
//! <http://127.0.0.1:8081>.
//!
//! With `--openapi`, it prints its OpenAPI document.
//!
//! The program starts itself again as each of the nodes, and to run a NATS server between them.
//! They are separate processes, so that they share nothing else and one can be killed.

mod command_line;
mod failure;
mod parent;
mod broker;
mod node;
mod part;
mod both;

use std::process::ExitCode;

use chat_rooms::application;
use chat_rooms::presence::People;
use hyperpoint::openapi::DescribeApplication;
use hyperpoint::prelude::*;
use hyperpoint::schemes::SigningKeys;
use tracing_subscriber::filter::{LevelFilter, Targets};
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;

use crate::command_line::CommandLine;
use crate::failure::{Failure, with_sources};

#[tokio::main]
async fn main() -> ExitCode {
    tracing_subscriber::registry().with(tracing_subscriber::fmt::layer()).with(logged()).init();
    match run().await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{}", with_sources(&*error));
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

async fn run() -> Result<(), Failure> {
    let mut arguments = std::env::args().skip(1);
    if arguments.next().as_deref() == Some("--openapi") {
        println!("{}", openapi(arguments.next().as_deref())?);
        return Ok(());
    }
    let line = CommandLine::parse(std::env::args().skip(1))?;
    match line.part.as_deref() {
        None => both::run(&line).await,
        Some(broker::NAME) => broker::run().await,
        Some(name) => node::run(name, &line).await,
    }
}

/// Returns the OpenAPI document, in 3.1 or the version that is asked for, without listening.
fn openapi(version: Option<&str>) -> Result<String, Failure> {
    let people = Arc::new(People::with("none"));
    let host = application(Topics::default(), people, SigningKeys::random());
    let document = host.build()?.openapi();
    Ok(if version == Some("3.2") { document.text_3_2() } else { document.to_string() })
}
