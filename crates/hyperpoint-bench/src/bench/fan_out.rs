//! One event to very many clients: what it costs to deliver, how fast it comes, and what a client
//! costs that waits for it.

use std::error::Error;
use std::time::Instant;

use crate::counts::{TOOLS, Tool, has_valgrind};
use crate::cpu::{MICROS_PER_TICK, median};
use crate::crowd::Crowd;
use crate::descriptors;
use crate::process::Process;
use crate::report::Report;
use crate::server::Server;

type Result<T> = std::result::Result<T, Box<dyn Error>>;

/// Under Valgrind there is one number of clients, and few events come or many.
const COUNTED_CLIENTS: usize = 1000;
const COUNTED_EVENTS: [u64; 2] = [10, 60];

const ROUNDS: usize = 5;
/// Deliveries in a round: enough for the ticks in which time is told.
const DELIVERIES: u64 = 100_000;
/// How far the slowest streams may be behind where events are published without a pause.
const BEHIND: u64 = 8;

/// Measures every server; one that has no topic is told of.
pub(crate) fn measure(servers: &[Server], crowds: &[usize], report: &mut Report) {
    if has_valgrind(report) {
        each(servers, report, count);
    }
    for &wanted in crowds {
        let clients = descriptors::streams(wanted, report);
        each(servers, report, |server, report| idle(server, clients, report));
        take_turns(servers, clients, report);
    }
}

fn each(
    servers: &[Server],
    report: &mut Report,
    measure: impl Fn(&Server, &mut Report) -> Result<()>,
) {
    for server in servers {
        if let Err(error) = measure(server, report) {
            report.note(&format!("{} was not measured with a topic: {error}", server.name));
        }
    }
}

fn case(clients: usize) -> String {
    format!("one to {clients}")
}

/// Instructions and allocations, without what it takes to start and to subscribe.
fn count(server: &Server, report: &mut Report) -> Result<()> {
    for tool in &TOOLS {
        let [few, many] = COUNTED_EVENTS.map(|events| total(tool, server, events));
        let events = COUNTED_EVENTS.iter().fold(0, |few, many| many - few);
        let per = as_f64(many?.saturating_sub(few?)) / as_f64(events * COUNTED_CLIENTS as u64);
        let metric = format!("{} per delivered event", tool.metric);
        report.row(&case(COUNTED_CLIENTS), &server.name, &metric, per);
    }
    Ok(())
}

fn total(tool: &Tool, server: &Server, events: u64) -> Result<u64> {
    let process = Process::start(&tool.command(server))?;
    Crowd::open(process.address(), COUNTED_CLIENTS, None)?.one_by_one(events)?;
    tool.total(process)
}

/// Resident bytes of clients that wait, after they have read an event: before the first, a server
/// does not have all of its buffers.
fn idle(server: &Server, clients: usize, report: &mut Report) -> Result<()> {
    let process = Process::start(&server.command)?;
    let before = process.resident_bytes()?;
    let mut crowd = Crowd::open(process.address(), clients, None)?;
    crowd.one_by_one(1)?;
    let grown = process.resident_bytes()?.saturating_sub(before);
    drop(crowd);
    let per = as_f64(grown) / as_f64(clients as u64);
    report.row(&case(clients), &server.name, "resident bytes per idle subscriber", per);
    Ok(())
}

/// What one server showed in its rounds.
#[derive(Default)]
struct Rounds {
    micros: Vec<f64>,
    per_second: Vec<f64>,
    p99: Vec<f64>,
}

/// Processor time, speed and latency: medians of rounds in which the servers take turns.
fn take_turns(servers: &[Server], clients: usize, report: &mut Report) {
    let mut all: Vec<(&Server, Rounds)> =
        servers.iter().map(|server| (server, Rounds::default())).collect();
    for _ in 0..ROUNDS {
        for (server, rounds) in &mut all {
            if let Err(error) = round(server, clients, rounds) {
                report.note(&format!("a round of {} with a topic failed: {error}", server.name));
            }
        }
    }
    let case = case(clients);
    for (server, Rounds { micros, per_second, p99 }) in all {
        let mut row = |metric, values| report.row(&case, &server.name, metric, median(values));
        row("CPU microseconds per delivered event", micros);
        row("delivered events per second", per_second);
        row("microseconds to delivery, 99th percentile", p99);
    }
}

fn round(server: &Server, clients: usize, rounds: &mut Rounds) -> Result<()> {
    let process = Process::start(&server.command)?;
    let mut crowd = Crowd::open(process.address(), clients, None)?;
    let events = (DELIVERIES / clients as u64).max(1);
    crowd.one_by_one(1)?;
    crowd.forget_latencies();
    let before = process.cpu_ticks()?;
    crowd.one_by_one(events)?;
    let ticks = process.cpu_ticks()? - before;
    let deliveries = as_f64(events * clients as u64);
    rounds.micros.push(as_f64(ticks) * MICROS_PER_TICK / deliveries);
    rounds.p99.push(f64::from(crowd.p99_micros()));
    let started = Instant::now();
    crowd.flood(events, BEHIND)?;
    rounds.per_second.push(deliveries / started.elapsed().as_secs_f64());
    Ok(())
}

#[expect(clippy::cast_precision_loss, reason = "counts here are far below 2^52")]
fn as_f64(count: u64) -> f64 {
    count as f64
}
