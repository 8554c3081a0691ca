//! Counts the instructions of a delivery while many other subscribers of the same topic never read.

use std::error::Error;
use std::io::{self, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

use hyperpoint_bench::Tick;
use socket2::SockRef;

use crate::counts::{TOOLS, Tool, has_valgrind};
use crate::crowd::Crowd;
use crate::process::Process;
use crate::report::Report;
use crate::server::Server;

/// The compared numbers of subscribers that never read.
const NEVER_READING: [usize; 2] = [0, 1000];
/// The number of subscribers that read.
const READING: usize = 200;
/// The smaller and the larger number of events. The difference between the two counts is measured.
const EVENTS: [u64; 2] = [10, 110];
/// The argument with which the server does not disconnect clients that never read.
const PATIENT: &str = "--patient";

/// The timeout of a read from a socket.
const READ_TIMEOUT: Duration = Duration::from_mins(1);
/// The requested size of the receive buffer of a client that never reads, in bytes. It is small, so
/// that the buffer is soon full.
const BUFFER_BYTES: usize = 4096;
/// The number of events that fill the sockets.
const FILLING_EVENTS: u64 = 40;
/// The size of the text of each of these events, in bytes. Together, the events are far larger than
/// the socket buffers of a client.
const FILLING_BYTES: usize = 50_000;

/// Measures the server `hyperpoint`, the only one with the argument `--patient`.
pub(crate) fn measure(servers: &[Server], report: &mut Report) -> Result<(), Box<dyn Error>> {
    if !has_valgrind(report) {
        return Ok(());
    }
    let [instructions, _] = &TOOLS;
    for server in servers.iter().filter(|server| server.name == "hyperpoint") {
        let patient = [server.command.as_slice(), &[PATIENT.to_owned()]].concat();
        let server = Server { command: patient, ..server.clone() };
        let mut base = None;
        for never_reading in NEVER_READING {
            let per = per_event(instructions, &server, never_reading)?;
            let case = format!("one to {READING}, with {never_reading} others that never read");
            report.row(&case, &server.name, "instructions per delivered event", per);
            let more = (per / *base.get_or_insert(per) - 1.0) * 100.0;
            report.row(&case, &server.name, "percent more than without them", more);
        }
    }
    Ok(())
}

fn per_event(tool: &Tool, server: &Server, never_reading: usize) -> Result<f64, Box<dyn Error>> {
    let [few, many] = EVENTS.map(|events| total(tool, server, never_reading, events));
    let deliveries = EVENTS.iter().fold(0, |few, many| many - few) * READING as u64;
    Ok(as_f64(many?.saturating_sub(few?)) / as_f64(deliveries))
}

fn total(
    tool: &Tool,
    server: &Server,
    never_reading: usize,
    events: u64,
) -> Result<u64, Box<dyn Error>> {
    let process = Process::start(&tool.command(server))?;
    let address = process.address();
    let clients = (0..never_reading).map(|_| open(address)).collect::<io::Result<Vec<_>>>()?;
    fill(address)?;
    let mut crowd = Crowd::open(address, READING, None)?;
    crowd.one_by_one(events)?;
    if process.open_files()? < never_reading + READING {
        return Err("the server has disconnected clients that never read".into());
    }
    // Disconnect first, or the server waits for these clients before it exits.
    drop((crowd, clients));
    tool.total(process)
}

/// Opens a subscriber that reads the start of its response and nothing more.
fn open(address: SocketAddr) -> io::Result<TcpStream> {
    let socket = TcpStream::connect(address)?;
    SockRef::from(&socket).set_recv_buffer_size(BUFFER_BYTES)?;
    subscribe(socket)
}

/// Subscribes to the topic on this socket, and reads the start of the response. Returns an error if
/// the status is not 2xx.
fn subscribe(mut socket: TcpStream) -> io::Result<TcpStream> {
    socket.set_read_timeout(Some(READ_TIMEOUT))?;
    let head = "GET /topic HTTP/1.1\r\nHost: localhost\r\nAccept: text/event-stream\r\n\r\n";
    socket.write_all(head.as_bytes())?;
    read_status(&mut socket)?;
    Ok(socket)
}

/// Publishes [`FILLING_EVENTS`] events, which fill the sockets of all clients that never read.
/// Another client reads each event before the next one is published, so that the measured work does
/// not depend on how many events are written at once.
fn fill(address: SocketAddr) -> io::Result<()> {
    let mut reader = subscribe(TcpStream::connect(address)?)?;
    let mut publisher = TcpStream::connect(address)?;
    publisher.set_read_timeout(Some(READ_TIMEOUT))?;
    for number in 0..FILLING_EVENTS {
        let body = serde_json::to_string(&Tick { number, text: "x".repeat(FILLING_BYTES) })?;
        let head = format!(
            "POST /publish HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n\
             Content-Length: {}\r\n\r\n",
            body.len()
        );
        publisher.write_all((head + &body).as_bytes())?;
        read_status(&mut publisher)?;
        read_filling(&mut reader)?;
    }
    Ok(())
}

/// Reads [`FILLING_BYTES`] bytes, which is about one of the events that fill the sockets.
fn read_filling(reader: &mut TcpStream) -> io::Result<()> {
    let (mut buffer, mut left) = ([0; 8192], FILLING_BYTES);
    while left > 0 {
        let len = reader.read(&mut buffer)?;
        left = left.saturating_sub(len);
        if len == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
    }
    Ok(())
}

/// Reads the start of a response. Returns an error if its status is not 2xx.
fn read_status(socket: &mut TcpStream) -> io::Result<()> {
    let mut buffer = [0; 1024];
    let len = socket.read(&mut buffer)?;
    let is_success = buffer.get(..len).is_some_and(|head| head.starts_with(b"HTTP/1.1 2"));
    is_success.then_some(()).ok_or_else(|| io::Error::other("the status is not 2xx"))
}

#[expect(clippy::cast_precision_loss, reason = "counts here are far below 2^52")]
fn as_f64(count: u64) -> f64 {
    count as f64
}
