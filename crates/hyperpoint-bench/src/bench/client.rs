//! A blocking HTTP client with little overhead: it has one connection, and encodes a repeated
//! request only once.

use std::io::{self, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

/// The timeout of a read from the socket.
const READ_TIMEOUT: Duration = Duration::from_mins(1);

/// Names of the request benchmarks without streams, in report order.
pub(crate) const REQUESTS: [&str; 4] = ["plaintext", "json", "echo", "order"];

/// The number of bytes on the wire that the reports count as one event of `/events`. An event has
/// 79 bytes and the digits of its `id`, plus the framing of its chunk, which other events may share.
pub(crate) const EVENT_BYTES: f64 = 87.0;

/// One connection to a server.
#[derive(Debug)]
pub(crate) struct Client {
    socket: TcpStream,
}

impl Client {
    pub(crate) fn connect(address: SocketAddr) -> io::Result<Self> {
        let socket = TcpStream::connect(address)?;
        socket.set_nodelay(true)?;
        socket.set_read_timeout(Some(READ_TIMEOUT))?;
        Ok(Self { socket })
    }

    /// Sends the request of a case `count` times, and reads the response each time.
    pub(crate) fn requests(&mut self, case: &str, count: u64) -> io::Result<()> {
        self.exchange(&request(case), b"", count)
    }

    /// Sends the bytes of a request `count` times, and reads the response each time, which contains
    /// `expected`.
    pub(crate) fn exchange(
        &mut self,
        request: &[u8],
        expected: &[u8],
        count: u64,
    ) -> io::Result<()> {
        let mut buffer = [0; 4096];
        for _ in 0..count {
            self.socket.write_all(request)?;
            let len = self.read_response(&mut buffer)?;
            let response = buffer.get(..len).unwrap_or_default();
            if memchr::memmem::find(response, expected).is_none() {
                let response = String::from_utf8_lossy(response).into_owned();
                return Err(io::Error::other(response));
            }
        }
        Ok(())
    }

    /// Reads one response with a `Content-Length`. Returns its length.
    fn read_response(&mut self, buffer: &mut [u8; 4096]) -> io::Result<usize> {
        let mut len = 0;
        loop {
            let read = self.socket.read(buffer.get_mut(len..).unwrap_or_default())?;
            if read == 0 {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
            len += read;
            let received = buffer.get(..len).unwrap_or_default();
            if response_len(received)?.is_some_and(|whole| len >= whole) {
                return Ok(len);
            }
        }
    }

    /// Opens the event stream `/events` and reads at least this many bytes of its response.
    pub(crate) fn events(&mut self, bytes: u64) -> io::Result<()> {
        self.socket.write_all(&request("events"))?;
        let mut buffer = vec![0; 64 * 1024];
        let mut left = bytes;
        while left > 0 {
            match self.socket.read(&mut buffer)? {
                0 => return Err(io::ErrorKind::UnexpectedEof.into()),
                read => left = left.saturating_sub(read as u64),
            }
        }
        Ok(())
    }

    /// Opens the event stream `/idle`, which has no events, and reads the head of its response.
    pub(crate) fn idle(&mut self) -> io::Result<()> {
        self.socket.write_all(&request("idle"))?;
        let mut buffer = [0; 1024];
        match self.socket.read(&mut buffer)? {
            0 => Err(io::ErrorKind::UnexpectedEof.into()),
            _ => Ok(()),
        }
    }
}

/// Returns the total length of a response, including its head, or `None` if the head is incomplete
/// or has no `Content-Length`. Returns an error if the status is not 200.
fn response_len(received: &[u8]) -> io::Result<Option<usize>> {
    let Some(head_len) = received.windows(4).position(|four| four == b"\r\n\r\n") else {
        return Ok(None);
    };
    let head = String::from_utf8_lossy(received.get(..head_len).unwrap_or_default());
    if !head.starts_with("HTTP/1.1 200") {
        return Err(io::Error::other(head.lines().next().unwrap_or_default().to_owned()));
    }
    let lengths = head.lines().filter_map(|line| line.split_once(": "));
    let mut lengths = lengths.filter(|(name, _)| name.eq_ignore_ascii_case("content-length"));
    let body_len = lengths.next().and_then(|(_, value)| value.parse::<usize>().ok());
    Ok(body_len.map(|body_len| head_len + 4 + body_len))
}

/// Returns the encoded request of a case.
pub(crate) fn request(case: &str) -> Vec<u8> {
    const ECHO: &str = r#"{"name":"north-tower","count":42,"tags":["one","two","three"]}"#;
    const ORDER: &str = r#"{"count":42,"tags":["one","two","three"]}"#;
    let (method, path, body) = match case {
        "echo" => ("POST", case, ECHO),
        "order" => ("PUT", "orders/70001/north%20tower", ORDER),
        _ => ("GET", case, ""),
    };
    let mut head = format!("{method} /{path} HTTP/1.1\r\nHost: localhost\r\nAccept: */*\r\n");
    if !body.is_empty() {
        let lines = format!("Content-Type: application/json\r\nContent-Length: {}\r\n", body.len());
        head.push_str(&lines);
    }
    format!("{head}\r\n{body}").into_bytes()
}
