//! The benchmark: `cargo run --release -p hyperpoint-bench`.
//!
//! It builds the servers and measures them. For each server, it prints the cost of a request, of an
//! event, of an idle stream, and of one event for many subscribers, with the ratio to raw hyper
//! with timeouts. Absolute times on a shared machine mean little; compare the ratios.

mod arguments;
mod report;
mod process;
mod server;
mod nginx;
mod descriptors;
mod client;
mod counts;
mod tool_calls;
mod cpu;
mod idle;
mod idle_tls;
mod http2;
mod crowd;
mod fan_out;
mod variants;
mod catch_up;
mod never_reading;

use std::error::Error;
use std::process::ExitCode;

use arguments::Arguments;
use report::Report;
use server::{Server, WITHOUT_TIMEOUTS};

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
    if std::env::args().nth(1).is_some_and(|word| word == nginx::STARTER) {
        return Err(nginx::become_nginx());
    }
    let arguments = Arguments::parse(std::env::args().skip(1))?;
    let needs_servers = arguments.runs_other_than("mcp");
    let servers = if needs_servers { server::build(&arguments.servers)? } else { Vec::new() };
    descriptors::raise_limit();
    let mut report = Report::default();
    if arguments.runs("counts") {
        counts::measure(&servers, &mut report)?;
    }
    if arguments.runs("mcp") {
        tool_calls::measure(&mut report)?;
    }
    if arguments.runs("cpu") {
        cpu::measure(&servers, &mut report)?;
    }
    if arguments.runs("idle") {
        idle::measure(&servers, arguments.idle_streams, &mut report)?;
        idle_tls::measure(arguments.idle_streams, &mut report)?;
    }
    if arguments.runs("http2") {
        http2::measure(&server::with_http2(), arguments.idle_streams, &mut report)?;
    }
    if !needs_servers {
        return finish(&report, &arguments);
    }
    let with_topic = with_topic(servers, &mut report);
    if arguments.runs("fan-out") {
        fan_out::measure(&with_topic, &arguments.subscribers, &mut report);
    }
    if arguments.runs("variants") {
        variants::measure(&arguments.subscribers, &mut report)?;
    }
    if arguments.runs("catch-up") {
        let most = arguments.subscribers.iter().copied().max().unwrap_or_default();
        catch_up::measure(&with_topic, most, &mut report);
    }
    if arguments.runs("never-reading") {
        never_reading::measure(&with_topic, &mut report)?;
    }
    finish(&report, &arguments)
}

/// Prints the results, and writes them to the file of the command line.
fn finish(report: &Report, arguments: &Arguments) -> Result<(), Box<dyn Error>> {
    print!("{}", report.table());
    if let Some(file) = &arguments.json {
        std::fs::write(file, report.json())?;
    }
    Ok(())
}

/// Returns the servers whose topics are compared: all except raw hyper without timeouts, and nginx
/// if it is installed.
fn with_topic(servers: Vec<Server>, report: &mut Report) -> Vec<Server> {
    let compared = servers.into_iter().filter(|server| server.name != WITHOUT_TIMEOUTS);
    compared.chain(nginx::server(report)).collect()
}
