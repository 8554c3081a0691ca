//! A chat on two nodes: `cargo run --example chat`, then open <http://127.0.0.1:8080> and
//! <http://127.0.0.1:8081>.
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

use crate::command_line::CommandLine;
use crate::failure::{Failure, with_sources};

#[tokio::main]
async fn main() -> ExitCode {
    tracing_subscriber::fmt()
        .with_env_filter(tracing_subscriber::EnvFilter::from_default_env())
        .init();
    match run().await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{}", with_sources(&*error));
            ExitCode::FAILURE
        }
    }
}

async fn run() -> Result<(), Failure> {
    let line = CommandLine::parse(std::env::args().skip(1))?;
    match line.part.as_deref() {
        None => both::run(&line).await,
        Some(broker::NAME) => broker::run().await,
        Some(name) => node::run(name, &line).await,
    }
}
