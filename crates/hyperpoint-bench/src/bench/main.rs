//! The bench: `cargo run --release -p hyperpoint-bench`.
//!
//! It builds the servers, runs them in turn, and prints what a request, an event and an idle stream
//! cost each of them, with the ratio to raw hyper that has the same clocks. Absolute times on a
//! shared machine mean little: read the ratios.

mod arguments;
mod client;
mod process;
mod server;
mod counts;
mod cpu;
mod idle;
mod report;

use std::error::Error;
use std::process::ExitCode;

use arguments::Arguments;
use report::Report;

fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("bench: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run() -> Result<(), Box<dyn Error>> {
    let arguments = Arguments::parse(std::env::args().skip(1))?;
    let servers = server::build(&arguments.servers)?;
    let mut report = Report::default();
    if arguments.runs("counts") {
        counts::measure(&servers, &mut report)?;
    }
    if arguments.runs("cpu") {
        cpu::measure(&servers, &mut report)?;
    }
    if arguments.runs("idle") {
        idle::measure(&servers, arguments.idle_streams, &mut report)?;
    }
    print!("{}", report.table());
    if let Some(file) = &arguments.json {
        std::fs::write(file, report.json())?;
    }
    Ok(())
}
