//! Measures the resident memory per idle event stream.

use std::error::Error;
use std::io;

use crate::client::Client;
use crate::descriptors;
use crate::process::Process;
use crate::report::Report;
use crate::server::Server;

/// Measures every server, one after the other.
pub(crate) fn measure(
    servers: &[Server],
    wanted: usize,
    report: &mut Report,
) -> Result<(), Box<dyn Error>> {
    let count = descriptors::streams(wanted, report);
    for server in servers {
        let process = Process::start(&server.command)?;
        let before = process.resident_bytes()?;
        let clients = open(&process, count)?;
        let grown = process.resident_bytes()?.saturating_sub(before);
        drop(clients);
        let per = per_stream(grown, count);
        report.row("idle", &server.name, "resident bytes per idle stream", per);
    }
    Ok(())
}

fn open(process: &Process, count: usize) -> io::Result<Vec<Client>> {
    let connect = || {
        let mut client = Client::connect(process.address())?;
        client.idle()?;
        Ok(client)
    };
    (0..count).map(|_| connect()).collect()
}

/// Returns the average number of bytes per stream. A `count` of 0 is treated as 1.
#[expect(clippy::cast_precision_loss, reason = "bytes of one machine are far below 2^52")]
pub(crate) fn per_stream(bytes: u64, count: usize) -> f64 {
    bytes as f64 / count.max(1) as f64
}
