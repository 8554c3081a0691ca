//! Compares variants of the server on Hyperpoint by the delivery of one event to many subscribers:
//! with metrics and spans, and with one, two and four worker threads.

use std::error::Error;

use crate::cpu::as_f64;
use crate::crowd::Crowd;
use crate::descriptors;
use crate::fan_out;
use crate::process::Process;
use crate::report::Report;
use crate::server::{self, Server};

/// The number of events that are published to measure how the workers share the deliveries.
const EVENTS: u64 = 200;

/// Builds and measures every variant with each number of subscribers.
pub(crate) fn measure(crowds: &[usize], report: &mut Report) -> Result<(), Box<dyn Error>> {
    let servers = server::build_variants()?;
    fan_out::measure(&servers, crowds, report);
    for &wanted in crowds {
        let clients = descriptors::streams(wanted, report);
        for server in &servers {
            if let Err(error) = shares(server, clients, report) {
                report.note(&format!("the workers of {} were not measured: {error}", server.name));
            }
        }
    }
    Ok(())
}

/// Measures the CPU time of the busiest and of the least busy worker thread, in percent of the CPU
/// time of all worker threads. Adds no row for a server without worker threads.
fn shares(server: &Server, clients: usize, report: &mut Report) -> Result<(), Box<dyn Error>> {
    let process = Process::start(&server.command)?;
    let mut crowd = Crowd::open(process.address(), clients, None)?;
    let before = process.worker_nanos()?;
    crowd.one_by_one(EVENTS)?;
    let after = process.worker_nanos()?;
    let nanos: Vec<u64> = after.iter().zip(before).map(|(after, before)| after - before).collect();
    let total = nanos.iter().sum::<u64>().max(1);
    let mut row = |metric, nanos: Option<&u64>| {
        if let Some(&nanos) = nanos {
            let percent = as_f64(nanos * 100) / as_f64(total);
            report.row(&fan_out::case(clients), &server.name, metric, percent);
        }
    };
    row("percent of CPU time, busiest worker", nanos.iter().max());
    row("percent of CPU time, least busy worker", nanos.iter().min());
    Ok(())
}
