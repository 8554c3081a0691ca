//! What it costs to deliver an event while very many subscribers of the same topic never read:
//! contract line 31, in instructions.

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

const NEVER_READING: [usize; 2] = [0, 1000];
const READING: usize = 200;
/// An event comes to few or to many, and the difference is what they cost.
const EVENTS: [u64; 2] = [10, 110];
/// What the server has to be told so that it does not drop them.
const PATIENT: &str = "--patient";

const PATIENCE: Duration = Duration::from_mins(1);
/// As little as the kernel takes for a client that reads nothing.
const BUFFER_BYTES: usize = 4096;
/// Far more than the sockets of one client take.
const FILLING_EVENTS: u64 = 40;
const FILLING_BYTES: usize = 50_000;

/// Counts for those servers that can be told to be patient.
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
            let case = format!("one to {READING}, beside {never_reading} that never read");
            report.row(&case, &server.name, "instructions per delivered event", per);
            let more = (per / *base.get_or_insert(per) - 1.0) * 100.0;
            report.row(&case, &server.name, "percent more than beside none", more);
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
        return Err("the server has dropped those who never read".into());
    }
    // Or the server waits for them when it ends.
    drop((crowd, clients));
    tool.total(process)
}

/// A subscriber that has read the head of its stream, and reads nothing more.
fn open(address: SocketAddr) -> io::Result<TcpStream> {
    let mut socket = TcpStream::connect(address)?;
    SockRef::from(&socket).set_recv_buffer_size(BUFFER_BYTES)?;
    socket.set_read_timeout(Some(PATIENCE))?;
    let head = "GET /topic HTTP/1.1\r\nHost: localhost\r\nAccept: text/event-stream\r\n\r\n";
    socket.write_all(head.as_bytes())?;
    answered(&mut socket)?;
    Ok(socket)
}

/// Publishes so much that no socket of one who never reads has room left.
fn fill(address: SocketAddr) -> io::Result<()> {
    let mut publisher = TcpStream::connect(address)?;
    publisher.set_read_timeout(Some(PATIENCE))?;
    for number in 0..FILLING_EVENTS {
        let body = serde_json::to_string(&Tick { number, text: "x".repeat(FILLING_BYTES) })?;
        let head = format!(
            "POST /publish HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n\
             Content-Length: {}\r\n\r\n",
            body.len()
        );
        publisher.write_all((head + &body).as_bytes())?;
        answered(&mut publisher)?;
    }
    Ok(())
}

/// Reads the beginning of an answer.
fn answered(socket: &mut TcpStream) -> io::Result<()> {
    let mut buffer = [0; 1024];
    let len = socket.read(&mut buffer)?;
    let is_success = buffer.get(..len).is_some_and(|head| head.starts_with(b"HTTP/1.1 2"));
    is_success.then_some(()).ok_or_else(|| io::Error::other("a request was refused"))
}

#[expect(clippy::cast_precision_loss, reason = "counts here are far below 2^52")]
fn as_f64(count: u64) -> f64 {
    count as f64
}
