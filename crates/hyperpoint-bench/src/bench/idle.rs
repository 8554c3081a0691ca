//! Resident memory per idle event stream.

use std::error::Error;
use std::fs;
use std::io;

use crate::client::Client;
use crate::process::Process;
use crate::report::Report;
use crate::server::Server;

/// Descriptors that are kept for what is no stream.
const SPARE: usize = 64;

/// Opens the streams on each server in turn.
pub(crate) fn measure(
    servers: &[Server],
    wanted: usize,
    report: &mut Report,
) -> Result<(), Box<dyn Error>> {
    let limit = open_files_limit()?.saturating_sub(SPARE);
    let count = wanted.min(limit);
    if count < wanted {
        report.note(&format!("{count} idle streams and not {wanted}: `ulimit -n` allows no more"));
    }
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

#[expect(clippy::cast_precision_loss, reason = "bytes of one machine are far below 2^52")]
fn per_stream(bytes: u64, count: usize) -> f64 {
    bytes as f64 / count.max(1) as f64
}

/// The limit that both ends of the streams have, as the kernel tells it.
fn open_files_limit() -> Result<usize, Box<dyn Error>> {
    let limits = fs::read_to_string("/proc/self/limits")?;
    let line = limits.lines().find_map(|line| line.strip_prefix("Max open files"));
    let soft = line.and_then(|line| line.split_whitespace().next()).ok_or("no limit is told")?;
    Ok(if soft == "unlimited" { usize::MAX } else { soft.parse()? })
}
