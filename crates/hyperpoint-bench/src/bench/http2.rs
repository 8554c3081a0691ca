//! Measures event streams over HTTP/2, with many streams on each connection: the memory of an idle
//! stream, and the cost of delivering one event to many subscribers.

use std::error::Error;
use std::net::SocketAddr;

use bytes::Bytes;
use h2::client::{Builder as ClientBuilder, SendRequest};
use h2::{Ping, RecvStream};
use http::{Method, Request, StatusCode};
use hyperpoint_bench::{MARK, Tick};
use tokio::net::TcpStream;
use tokio::runtime::{Builder, Runtime};

use crate::counts::{TOOLS, has_valgrind};
use crate::cpu::{NANOS_PER_MICRO, as_f64, median};
use crate::idle::per_stream;
use crate::process::Process;
use crate::report::Report;
use crate::server::Server;

type Result<T> = std::result::Result<T, Box<dyn Error>>;

/// The number of streams on each connection. Servers should allow at least 100 (RFC 9113 §6.5.2).
const STREAMS_PER_CONNECTION: usize = 100;
/// The budget of h2 for the overhead of small unread DATA frames of a connection, in bytes. h2
/// closes a connection that exhausts its budget.
const UNREAD_BYTES: usize = 16 * 1024 * 1024;
/// The number of subscribers of a topic.
const SUBSCRIBERS: usize = 1000;
/// The smaller and the larger number of events under Valgrind. The difference between the two
/// counts is reported.
const COUNTED_EVENTS: [u64; 2] = [10, 60];
/// The number of rounds in which the servers take turns.
const ROUNDS: usize = 5;
/// The number of events in each round.
const EVENTS: u64 = 100;
/// The text of each event, the same as in the measurement over HTTP/1.1.
const TEXT: &str = "21.5 at the north tower~";

/// Measures every server. Adds a note to the report for each server that fails, such as a server
/// without HTTP/2.
pub(crate) fn measure(servers: &[Server], idle_streams: usize, report: &mut Report) -> Result<()> {
    let runtime = Builder::new_current_thread().enable_all().build()?;
    let has_valgrind = has_valgrind(report);
    for server in servers {
        let mut measured = idle(&runtime, server, idle_streams, report);
        if has_valgrind {
            measured = measured.and_then(|()| count(&runtime, server, report));
        }
        if let Err(error) = measured {
            report.note(&format!("HTTP/2 of {} was not measured: {error}", server.name));
        }
    }
    take_turns(&runtime, servers, report);
    Ok(())
}

fn case() -> String {
    format!("one to {SUBSCRIBERS}, HTTP/2")
}

/// Measures the resident memory per idle stream.
fn idle(runtime: &Runtime, server: &Server, count: usize, report: &mut Report) -> Result<()> {
    let process = Process::start(&server.command)?;
    let before = process.resident_bytes()?;
    let streams = runtime.block_on(open(process.address(), "/idle", count))?;
    let grown = process.resident_bytes()?.saturating_sub(before);
    drop(streams);
    let per = per_stream(grown, count);
    report.row("idle, HTTP/2", &server.name, "resident bytes per idle stream", per);
    Ok(())
}

/// Counts instructions and allocations per delivered event, excluding the start of the server and
/// the subscriptions.
fn count(runtime: &Runtime, server: &Server, report: &mut Report) -> Result<()> {
    for tool in &TOOLS {
        let total = |events| -> Result<u64> {
            let process = Process::start(&tool.command(server))?;
            runtime.block_on(async {
                Crowd::open(process.address()).await?.one_by_one(events).await
            })?;
            tool.total(process)
        };
        let [few, many] = COUNTED_EVENTS.map(total);
        let events = COUNTED_EVENTS.iter().fold(0, |few, many| many - few);
        let per = as_f64(many?.saturating_sub(few?)) / as_f64(events * SUBSCRIBERS as u64);
        report.row(&case(), &server.name, &format!("{} per delivered event", tool.metric), per);
    }
    Ok(())
}

/// Measures the CPU time per delivered event in rounds in which the servers take turns, and reports
/// the medians.
fn take_turns(runtime: &Runtime, servers: &[Server], report: &mut Report) {
    let mut all: Vec<(&Server, Vec<f64>)> =
        servers.iter().map(|server| (server, Vec::new())).collect();
    for _ in 0..ROUNDS {
        for (server, micros) in &mut all {
            match runtime.block_on(round(server)) {
                Ok(time) => micros.push(time),
                Err(error) => report.note(&format!("a round of {} failed: {error}", server.name)),
            }
        }
    }
    for (server, micros) in all {
        let metric = "CPU microseconds per delivered event";
        report.row(&case(), &server.name, metric, median(micros));
    }
}

async fn round(server: &Server) -> Result<f64> {
    let process = Process::start(&server.command)?;
    let mut crowd = Crowd::open(process.address()).await?;
    crowd.one_by_one(1).await?;
    let before = process.cpu_nanos()?;
    crowd.one_by_one(EVENTS).await?;
    let nanos = process.cpu_nanos()? - before;
    Ok(as_f64(nanos) / NANOS_PER_MICRO / as_f64(EVENTS * SUBSCRIBERS as u64))
}

/// Many subscribers of one topic, with their publisher.
struct Crowd {
    streams: Vec<RecvStream>,
    publisher: SendRequest<Bytes>,
}

impl Crowd {
    async fn open(address: SocketAddr) -> Result<Self> {
        let streams = open(address, "/topic", SUBSCRIBERS).await?;
        Ok(Self { streams, publisher: connect(address).await? })
    }

    /// Publishes events one by one: each after all streams have read the previous one.
    async fn one_by_one(&mut self, events: u64) -> Result<()> {
        for number in 0..events {
            self.publish(number).await?;
            for stream in &mut self.streams {
                read_event(stream).await?;
            }
        }
        Ok(())
    }

    async fn publish(&mut self, number: u64) -> Result<()> {
        let tick = Tick { number, text: TEXT.to_owned() };
        let request = request(Method::POST, "/publish").header("content-type", "application/json");
        let publisher = self.publisher.clone().ready().await?;
        self.publisher = publisher;
        let (response, mut body) = self.publisher.send_request(request.body(())?, false)?;
        body.send_data(serde_json::to_vec(&tick)?.into(), true)?;
        match response.await?.status() {
            StatusCode::NO_CONTENT => Ok(()),
            status => Err(format!("the status of POST /publish is {status}").into()),
        }
    }
}

/// Reads a stream until the next event, which is detected by its marker byte.
async fn read_event(stream: &mut RecvStream) -> Result<()> {
    loop {
        let bytes = stream.data().await.ok_or("a stream has ended")??;
        stream.flow_control().release_capacity(bytes.len())?;
        if memchr::memchr(MARK, &bytes).is_some() {
            return Ok(());
        }
    }
}

/// Opens `count` streams, and reads the heads of their responses. Returns an error if a status is
/// not 200.
async fn open(address: SocketAddr, path: &str, count: usize) -> Result<Vec<RecvStream>> {
    let mut streams = Vec::with_capacity(count);
    while streams.len() < count {
        let mut connection = connect(address).await?;
        for _ in 0..STREAMS_PER_CONNECTION.min(count - streams.len()) {
            connection = connection.ready().await?;
            let request = request(Method::GET, path).body(())?;
            let response = connection.send_request(request, true)?.0.await?;
            if response.status() != StatusCode::OK {
                return Err(format!("the status of GET {path} is {}", response.status()).into());
            }
            streams.push(response.into_body());
        }
    }
    Ok(streams)
}

/// Opens an HTTP/2 connection with prior knowledge (RFC 9113 §3.3), and waits until client and
/// server have exchanged their settings.
async fn connect(address: SocketAddr) -> Result<SendRequest<Bytes>> {
    let socket = TcpStream::connect(address).await?;
    socket.set_nodelay(true)?;
    let mut builder = ClientBuilder::new();
    // The streams are read one after the other, so unread events accumulate on the other streams.
    builder.data_frame_budget(UNREAD_BYTES);
    let (sender, mut connection) = builder.handshake(socket).await?;
    let mut pings = connection.ping_pong().ok_or("a new connection sends no ping")?;
    tokio::spawn(async move {
        // The connection may end with an error, because the server is stopped before its clients.
        let _ = connection.await;
    });
    pings.ping(Ping::opaque()).await?;
    Ok(sender)
}

fn request(method: Method, path: &str) -> http::request::Builder {
    Request::builder().method(method).uri(format!("http://localhost{path}"))
}
