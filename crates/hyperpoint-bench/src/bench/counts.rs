//! Instructions and allocations, counted by Valgrind: the same on a busy machine.
//!
//! Each case runs twice, with few requests and with many; the difference is what they cost, without
//! start and end.

use std::error::Error;
use std::process::Command;

use crate::client::{Client, REQUESTS};
use crate::process::Process;
use crate::report::Report;
use crate::server::Server;

const FEW_REQUESTS: u64 = 200;
const MANY_REQUESTS: u64 = 1200;
const FEW_BYTES: u64 = 500_000;
const MANY_BYTES: u64 = 3_000_000;
/// The bytes of one event as the servers send it, with the least of its numbers.
const EVENT: &str = "event: reading\ndata: {\"id\":10000,\"sensor\":\"north-tower\",\"value\":21.5,\"valid\":true}\n\n";

/// What Valgrind counts, and where it says so.
struct Tool {
    metric: &'static str,
    arguments: [&'static str; 2],
    marker: &'static str,
}

const TOOLS: [Tool; 2] = [
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

/// Counts for every server, or says that there is no Valgrind.
pub(crate) fn measure(servers: &[Server], report: &mut Report) -> Result<(), Box<dyn Error>> {
    if Command::new("valgrind").arg("--version").output().is_err() {
        report.note("valgrind is missing: no instructions and no allocations were counted");
        return Ok(());
    }
    for tool in &TOOLS {
        for server in servers {
            for case in REQUESTS {
                let per = count(tool, server, |client, is_many| {
                    client.requests(case, if is_many { MANY_REQUESTS } else { FEW_REQUESTS })
                })?;
                let requests = MANY_REQUESTS - FEW_REQUESTS;
                report.row(case, &server.name, &per_one(tool, "request"), per / as_f64(requests));
            }
            let per = count(tool, server, |client, is_many| {
                client.events(if is_many { MANY_BYTES } else { FEW_BYTES })
            })?;
            let events = as_f64(MANY_BYTES - FEW_BYTES) / as_f64(EVENT.len() as u64);
            report.row("events", &server.name, &per_one(tool, "event"), per / events);
        }
    }
    Ok(())
}

fn per_one(tool: &Tool, one: &str) -> String {
    format!("{} per {one}", tool.metric)
}

/// The difference between many and few.
fn count(
    tool: &Tool,
    server: &Server,
    work: impl Fn(&mut Client, bool) -> std::io::Result<()>,
) -> Result<f64, Box<dyn Error>> {
    let mut totals = [0_u64; 2];
    for (total, is_many) in totals.iter_mut().zip([false, true]) {
        let mut command: Vec<String> = vec!["valgrind".to_owned()];
        command.extend(tool.arguments.iter().map(|&argument| argument.to_owned()));
        command.extend(server.command.iter().cloned());
        let process = Process::start(&command)?;
        let mut client = Client::connect(process.address())?;
        work(&mut client, is_many)?;
        drop(client);
        let (_, text) = process.end()?;
        *total = find(&text, tool.marker).ok_or("valgrind did not say what it counted")?;
    }
    let [few, many] = totals;
    Ok(as_f64(many.saturating_sub(few)))
}

/// The first number behind the marker.
fn find(text: &str, marker: &str) -> Option<u64> {
    let (_, rest) = text.split_once(marker)?;
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
    fn what_valgrind_says_is_understood() {
        assert_eq!(find("==1== Collected : 12345\n", "Collected :"), Some(12345));
        let heap = "==1==   total heap usage: 1,234 allocs, 1,200 frees, 9 bytes allocated";
        assert_eq!(find(heap, "total heap usage:"), Some(1234));
        assert_eq!(find("nothing", "Collected :"), None);
    }
}
