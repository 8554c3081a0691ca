//! Measures how long many clients that were disconnected at once take to reconnect and to read the
//! events that they missed, and the server's peak memory meanwhile.

use std::error::Error;
use std::time::Instant;

use crate::crowd::Crowd;
use crate::descriptors;
use crate::process::Process;
use crate::report::Report;
use crate::server::Server;

/// The number of events that each client misses.
const MISSED: u64 = 20;

/// Measures every server. Adds a note to the report for each server that fails, such as a server
/// whose events have no ids, because its clients cannot resume.
pub(crate) fn measure(servers: &[Server], wanted: usize, report: &mut Report) {
    let clients = descriptors::streams(wanted, report);
    for server in servers {
        if let Err(error) = catch_up(server, clients, report) {
            report.note(&format!("clients of {} cannot catch up: {error}", server.name));
        }
    }
}

fn catch_up(server: &Server, clients: usize, report: &mut Report) -> Result<(), Box<dyn Error>> {
    let process = Process::start(&server.command)?;
    let mut crowd = Crowd::open(process.address(), clients, None)?;
    crowd.one_by_one(1)?;
    let last_id = crowd.last_id().ok_or("its events have no ids")?;
    drop(crowd);
    Crowd::open(process.address(), 1, None)?.one_by_one(MISSED)?;
    process.reset_peak()?;
    let started = Instant::now();
    let mut crowd = Crowd::open(process.address(), clients, Some(&last_id))?;
    crowd.read_events(MISSED)?;
    let millis = started.elapsed().as_secs_f64() * 1000.0;
    let case = format!("{clients} catch up");
    report.row(&case, &server.name, "milliseconds until all have all events", millis);
    report.row(&case, &server.name, "peak resident MB", process.peak_megabytes()?);
    Ok(())
}
