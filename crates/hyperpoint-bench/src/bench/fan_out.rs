//! Measures the delivery of one event to many subscribers: cost per delivery, throughput, latency,
//! and the memory of a waiting subscriber.

use std::error::Error;
use std::time::Instant;

use crate::counts::{TOOLS, Tool, has_valgrind};
use crate::cpu::{NANOS_PER_MICRO, as_f64, median};
use crate::crowd::Crowd;
use crate::descriptors;
use crate::process::Process;
use crate::report::Report;
use crate::server::Server;

type Result<T> = std::result::Result<T, Box<dyn Error>>;

/// The smaller and the larger number of events under Valgrind. The difference between the two
/// counts is reported.
const COUNTED_EVENTS: [u64; 2] = [10, 60];

const ROUNDS: usize = 5;
/// The approximate number of deliveries in a round, large enough to measure the CPU time precisely.
const DELIVERIES: u64 = 100_000;
/// The maximum number of unread events per stream, on average, in the measurement of throughput.
const MAX_LAG: u64 = 8;

/// Measures every server with each number of subscribers, and counts instructions and allocations
/// with the smallest of these numbers. Adds a note to the report for each server
/// that fails, such as a server without a topic.
pub(crate) fn measure(servers: &[Server], crowds: &[usize], report: &mut Report) {
    // Under Valgrind, a server is slow.
    if let Some(&wanted) = crowds.iter().min()
        && has_valgrind(report)
    {
        let clients = descriptors::streams(wanted, report);
        each(servers, report, |server, report| count(server, clients, report));
    }
    for &wanted in crowds {
        let clients = descriptors::streams(wanted, report);
        each(servers, report, |server, report| idle(server, clients, report));
        take_turns(servers, clients, report);
    }
}

/// Calls `measure` for each server, and adds a note to the report for each failure.
fn each(
    servers: &[Server],
    report: &mut Report,
    measure: impl Fn(&Server, &mut Report) -> Result<()>,
) {
    for server in servers {
        if let Err(error) = measure(server, report) {
            report.note(&format!("the topic of {} was not measured: {error}", server.name));
        }
    }
}

pub(crate) fn case(clients: usize) -> String {
    format!("one to {clients}")
}

/// Counts instructions and allocations per delivered event, excluding the start of the server and
/// the subscriptions.
fn count(server: &Server, clients: usize, report: &mut Report) -> Result<()> {
    for tool in &TOOLS {
        let [few, many] = COUNTED_EVENTS.map(|events| total(tool, server, clients, events));
        let events = COUNTED_EVENTS.iter().fold(0, |few, many| many - few);
        let per = as_f64(many?.saturating_sub(few?)) / as_f64(events * clients as u64);
        let metric = format!("{} per delivered event", tool.metric);
        report.row(&case(clients), &server.name, &metric, per);
    }
    Ok(())
}

fn total(tool: &Tool, server: &Server, clients: usize, events: u64) -> Result<u64> {
    let process = Process::start(&tool.command(server))?;
    Crowd::open(process.address(), clients, None)?.one_by_one(events)?;
    tool.total(process)
}

/// Measures the resident memory per idle subscriber. Each subscriber has read one event, because a
/// server allocates some buffers for the first event.
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

/// The results of one server in all rounds.
#[derive(Default)]
struct Rounds {
    /// The CPU time per delivered event, in microseconds.
    micros: Vec<f64>,
    /// The number of delivered events per second, if each event is published after all subscribers
    /// have read the previous one.
    one_by_one: Vec<f64>,
    /// The number of delivered events per second, if each stream may have [`MAX_LAG`] unread events
    /// on average.
    per_second: Vec<f64>,
    /// The 99th percentile of the latency, in microseconds.
    p99: Vec<f64>,
}

/// Measures CPU time, throughput and latency in rounds in which the servers take turns, and reports
/// the medians.
fn take_turns(servers: &[Server], clients: usize, report: &mut Report) {
    let mut all: Vec<(&Server, Rounds)> =
        servers.iter().map(|server| (server, Rounds::default())).collect();
    for _ in 0..ROUNDS {
        for (server, rounds) in &mut all {
            if let Err(error) = round(server, clients, rounds) {
                report.note(&format!("a round of {} failed: {error}", server.name));
            }
        }
    }
    let case = case(clients);
    for (server, Rounds { micros, one_by_one, per_second, p99 }) in all {
        let mut row = |metric, values| report.row(&case, &server.name, metric, median(values));
        row("CPU microseconds per delivered event", micros);
        row("delivered events per second, one by one", one_by_one);
        row("delivered events per second", per_second);
        row("microseconds to delivery, 99th percentile", p99);
    }
}

fn round(server: &Server, clients: usize, rounds: &mut Rounds) -> Result<()> {
    let process = Process::start(&server.command)?;
    let mut crowd = Crowd::open(process.address(), clients, None)?;
    let events = (DELIVERIES / clients as u64).max(1);
    crowd.one_by_one(1)?;
    crowd.clear_latencies();
    let (before, started) = (process.cpu_nanos()?, Instant::now());
    crowd.one_by_one(events)?;
    let nanos = process.cpu_nanos()? - before;
    let deliveries = as_f64(events * clients as u64);
    rounds.one_by_one.push(deliveries / started.elapsed().as_secs_f64());
    rounds.micros.push(as_f64(nanos) / NANOS_PER_MICRO / deliveries);
    rounds.p99.push(f64::from(crowd.p99_micros()));
    let started = Instant::now();
    crowd.flood(events, MAX_LAG)?;
    rounds.per_second.push(deliveries / started.elapsed().as_secs_f64());
    Ok(())
}
