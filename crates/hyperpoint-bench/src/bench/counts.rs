//! Counts instructions and allocations with Valgrind, whose counts do not depend on the load of the
//! machine.
//!
//! Each case runs twice, with few requests and with many. The difference between the two counts is
//! the cost of the requests, without the start and the end of the process.

use std::error::Error;
use std::io;
use std::process::Command;

use crate::client::{Client, EVENT_BYTES, REQUESTS};
use crate::process::Process;
use crate::report::Report;
use crate::server::Server;

pub(crate) const FEW_REQUESTS: u64 = 200;
pub(crate) const MANY_REQUESTS: u64 = 1200;
const FEW_BYTES: u64 = 500_000;
const MANY_BYTES: u64 = 3_000_000;

/// A Valgrind tool.
pub(crate) struct Tool {
    /// The name of the counted unit in the report.
    pub(crate) metric: &'static str,
    arguments: [&'static str; 2],
    /// The text before the count in the output of Valgrind.
    marker: &'static str,
}

/// The tools that count instructions and allocations.
pub(crate) const TOOLS: [Tool; 2] = [
    Tool {
        metric: "instructions",
        arguments: ["--tool=callgrind", "--callgrind-out-file=/dev/null"],
        marker: "Collected :",
    },
    Tool {
        metric: "allocations",
        arguments: ["--tool=memcheck", "--leak-check=no"],
        marker: "total heap usage:",
    },
];

/// Measures every server. If Valgrind is not installed, only adds a note to the report.
pub(crate) fn measure(servers: &[Server], report: &mut Report) -> Result<(), Box<dyn Error>> {
    if !has_valgrind(report) {
        return Ok(());
    }
    for (tool, server) in TOOLS.iter().flat_map(|tool| servers.iter().map(move |one| (tool, one))) {
        for case in REQUESTS {
            let total = count(tool, server, [FEW_REQUESTS, MANY_REQUESTS], |client, requests| {
                client.requests(case, requests)
            })?;
            let metric = format!("{} per request", tool.metric);
            report.row(case, &server.name, &metric, total / as_f64(MANY_REQUESTS - FEW_REQUESTS));
        }
        let total = count(tool, server, [FEW_BYTES, MANY_BYTES], Client::events)?;
        let events = as_f64(MANY_BYTES - FEW_BYTES) / EVENT_BYTES;
        report.row("events", &server.name, &format!("{} per event", tool.metric), total / events);
    }
    Ok(())
}

/// Returns whether Valgrind is installed, and adds a note to the report if it is not.
pub(crate) fn has_valgrind(report: &mut Report) -> bool {
    let is_installed = Command::new("valgrind").arg("--version").output().is_ok();
    if !is_installed {
        report.note(
            "Valgrind is not installed: instructions and allocations were not counted; install \
             the package valgrind",
        );
    }
    is_installed
}

impl Tool {
    /// Returns the command that runs the server, and the processes that it starts, under Valgrind.
    pub(crate) fn command(&self, server: &Server) -> Vec<String> {
        let valgrind = ["valgrind", "--trace-children=yes"].iter().chain(&self.arguments);
        let valgrind = valgrind.map(|&word| word.to_owned());
        valgrind.chain(server.command.iter().cloned()).collect()
    }

    /// Stops the server and returns the count that Valgrind printed.
    pub(crate) fn total(&self, process: Process) -> Result<u64, Box<dyn Error>> {
        let (_, text) = process.end()?;
        Ok(find(&text, self.marker).ok_or("Valgrind printed no count")?)
    }
}

/// Runs `work` once with each amount, and returns the difference between the two counts.
pub(crate) fn count(
    tool: &Tool,
    server: &Server,
    amounts: [u64; 2],
    work: impl Fn(&mut Client, u64) -> io::Result<()>,
) -> Result<f64, Box<dyn Error>> {
    let mut totals = [0_u64; 2];
    for (total, amount) in totals.iter_mut().zip(amounts) {
        let process = Process::start(&tool.command(server))?;
        let mut client = Client::connect(process.address())?;
        work(&mut client, amount)?;
        drop(client);
        *total = tool.total(process)?;
    }
    let [few, many] = totals;
    Ok(as_f64(many.saturating_sub(few)))
}

/// Returns the number after the last marker in a text, or `None` if the text has no such number.
fn find(text: &str, marker: &str) -> Option<u64> {
    let (_, rest) = text.rsplit_once(marker)?;
    rest.split_whitespace().next()?.replace(',', "").parse().ok()
}

#[expect(clippy::cast_precision_loss, reason = "counts here are far below 2^52")]
fn as_f64(count: u64) -> f64 {
    count as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_counts_of_valgrind_are_parsed() {
        assert_eq!(find("==1== Collected : 12345\n", "Collected :"), Some(12345));
        let heap = "==1==   total heap usage: 1,234 allocs, 1,200 frees, 9 bytes allocated";
        assert_eq!(find(heap, "total heap usage:"), Some(1234));
        assert_eq!(find("nothing", "Collected :"), None);
    }
}
