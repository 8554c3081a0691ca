//! Measures the CPU time per request and per event, from /proc. The results are medians of rounds
//! in which the servers take turns, so that a change of the machine's load affects all servers.

use std::error::Error;
use std::io;

use crate::client::{Client, EVENT_BYTES, REQUESTS};
use crate::process::Process;
use crate::report::Report;
use crate::server::Server;

pub(crate) const ROUNDS: usize = 5;
pub(crate) const REQUESTS_PER_ROUND: u32 = 20_000;
const BYTES_PER_ROUND: u32 = 200_000_000;
pub(crate) const NANOS_PER_MICRO: f64 = 1000.0;

/// Measures every server, and adds the results to the report.
pub(crate) fn measure(servers: &[Server], report: &mut Report) -> Result<(), Box<dyn Error>> {
    let processes = servers
        .iter()
        .map(|server| Ok((server, Process::start(&server.command)?)))
        .collect::<Result<Vec<_>, Box<dyn Error>>>()?;
    for case in REQUESTS {
        let micros = rounds(&processes, |client| client.requests(case, REQUESTS_PER_ROUND.into()))?;
        for (server, micros) in servers.iter().zip(micros) {
            let per = micros / f64::from(REQUESTS_PER_ROUND);
            report.row(case, &server.name, "CPU microseconds per request", per);
        }
    }
    let micros = rounds(&processes, |client| client.events(BYTES_PER_ROUND.into()))?;
    for (server, micros) in servers.iter().zip(micros) {
        let events = f64::from(BYTES_PER_ROUND) / EVENT_BYTES;
        report.row("events", &server.name, "CPU microseconds per event", micros / events);
    }
    Ok(())
}

/// Runs the rounds and returns the median CPU time of a round for each server, in microseconds.
fn rounds(
    processes: &[(&Server, Process)],
    work: impl Fn(&mut Client) -> io::Result<()>,
) -> Result<Vec<f64>, Box<dyn Error>> {
    let mut all = vec![Vec::new(); processes.len()];
    for _ in 0..ROUNDS {
        for ((_, process), micros) in processes.iter().zip(&mut all) {
            micros.push(micros_of(process, &work)?);
        }
    }
    Ok(all.into_iter().map(median).collect())
}

/// Returns the CPU time that a server uses for the work of a client, in microseconds.
pub(crate) fn micros_of(
    process: &Process,
    work: impl FnOnce(&mut Client) -> io::Result<()>,
) -> Result<f64, Box<dyn Error>> {
    let before = process.cpu_nanos()?;
    work(&mut Client::connect(process.address())?)?;
    Ok(as_f64(process.cpu_nanos()? - before) / NANOS_PER_MICRO)
}

/// Returns the median of the values, or NaN if `values` is empty.
pub(crate) fn median(mut values: Vec<f64>) -> f64 {
    values.sort_unstable_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or(f64::NAN)
}

#[expect(clippy::cast_precision_loss, reason = "the counts here are far below 2^52")]
pub(crate) fn as_f64(count: u64) -> f64 {
    count as f64
}
