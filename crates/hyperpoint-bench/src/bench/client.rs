//! A client that costs little: blocking, one connection, bytes it knows beforehand.

use std::io::{self, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

const PATIENCE: Duration = Duration::from_mins(1);

/// The cases of plain requests, in the order of the table.
pub(crate) const REQUESTS: [&str; 4] = ["plaintext", "json", "echo", "order"];

/// The bytes of one event as the servers send it, with a number of five digits.
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
        socket.set_read_timeout(Some(PATIENCE))?;
        Ok(Self { socket })
    }

    /// Sends one request and reads its answer, over and over.
    pub(crate) fn requests(&mut self, case: &str, count: u64) -> io::Result<()> {
        let request = request(case);
        let mut buffer = [0; 4096];
        for _ in 0..count {
            self.socket.write_all(&request)?;
            self.answer(&mut buffer)?;
        }
        Ok(())
    }

    /// Reads one answer that has a length.
    fn answer(&mut self, buffer: &mut [u8; 4096]) -> io::Result<()> {
        let mut len = 0;
        loop {
            let read = self.socket.read(buffer.get_mut(len..).unwrap_or_default())?;
            if read == 0 {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
            len += read;
            let seen = buffer.get(..len).unwrap_or_default();
            if whole_len(seen)?.is_some_and(|whole| len >= whole) {
                return Ok(());
            }
        }
    }

    /// Asks for events, and reads this many bytes of them.
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

    /// Asks for a stream without events, and reads its head.
    pub(crate) fn idle(&mut self) -> io::Result<()> {
        self.socket.write_all(&request("idle"))?;
        let mut buffer = [0; 1024];
        match self.socket.read(&mut buffer)? {
            0 => Err(io::ErrorKind::UnexpectedEof.into()),
            _ => Ok(()),
        }
    }
}

/// The length of an answer with its head, once the head is there.
fn whole_len(seen: &[u8]) -> io::Result<Option<usize>> {
    let Some(head_len) = seen.windows(4).position(|four| four == b"\r\n\r\n") else {
        return Ok(None);
    };
    let head = String::from_utf8_lossy(seen.get(..head_len).unwrap_or_default());
    if !head.starts_with("HTTP/1.1 200") {
        return Err(io::Error::other(head.lines().next().unwrap_or_default().to_owned()));
    }
    let lengths = head.lines().filter_map(|line| line.split_once(": "));
    let mut lengths = lengths.filter(|(name, _)| name.eq_ignore_ascii_case("content-length"));
    let body_len = lengths.next().and_then(|(_, value)| value.parse::<usize>().ok());
    Ok(body_len.map(|body_len| head_len + 4 + body_len))
}

/// A request as a plain client sends it.
fn request(case: &str) -> Vec<u8> {
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
