//! Very many clients of one topic, and one that publishes to it, in one thread that costs little:
//! bytes are read into one buffer and events counted by a mark, never parsed.

use std::io::{self, ErrorKind, Read, Write};
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use hyperpoint_bench::{MARK, Tick};
use mio::net::TcpStream;
use mio::{Events, Interest, Poll, Token};

const PATIENCE: Duration = Duration::from_mins(1);
/// How many streams may wait for their heads: fewer than a listener queues.
const OPENING: usize = 256;
const PUBLISHER: Token = Token(usize::MAX);
/// What an event says, so that it is about as long as those of the other cases.
const TEXT: &str = "21.5 at the north tower~";

/// Very many clients of one topic.
pub(crate) struct Crowd {
    poll: Poll,
    ready: Events,
    buffer: Vec<u8>,
    streams: Vec<Stream>,
    /// None while the streams open: a server closes a connection on which nothing is said.
    publisher: Option<TcpStream>,
    /// Streams whose head was read.
    open: usize,
    /// Events that were sent, and those that the server has answered for.
    published: u64,
    answered: u64,
    /// Events that all streams together have read.
    delivered: u64,
    /// When the last event was sent, and how much later each stream read it, in microseconds.
    sent_at: Instant,
    latencies: Vec<u32>,
    /// The bytes that the first stream read last, for the id in them.
    last_bytes: Vec<u8>,
}

struct Stream {
    socket: TcpStream,
    is_open: bool,
}

impl Stream {
    /// Takes the head of the answer.
    fn open(&mut self, head: &[u8]) -> io::Result<()> {
        self.is_open = head.starts_with(b"HTTP/1.1 200");
        let refused = || io::Error::other("a stream of the topic was refused");
        self.is_open.then_some(()).ok_or_else(refused)
    }
}

impl Crowd {
    /// Opens the streams, each with this `Last-Event-ID`.
    pub(crate) fn open(
        address: SocketAddr,
        count: usize,
        last_id: Option<&str>,
    ) -> io::Result<Self> {
        let poll = Poll::new()?;
        let now = Instant::now();
        let mut crowd = Self {
            poll,
            ready: Events::with_capacity(1024),
            buffer: vec![0; 64 * 1024],
            streams: Vec::with_capacity(count),
            publisher: None,
            open: 0,
            published: 0,
            answered: 0,
            delivered: 0,
            sent_at: now,
            latencies: Vec::new(),
            last_bytes: Vec::new(),
        };
        let id = last_id.map(|id| format!("Last-Event-ID: {id}\r\n")).unwrap_or_default();
        let request = format!(
            "GET /topic HTTP/1.1\r\nHost: localhost\r\nAccept: text/event-stream\r\n{id}\r\n"
        );
        while crowd.streams.len() < count {
            let mut socket = connect(address)?;
            socket.write_all(request.as_bytes())?;
            let token = Token(crowd.streams.len());
            crowd.poll.registry().register(&mut socket, token, Interest::READABLE)?;
            crowd.streams.push(Stream { socket, is_open: false });
            let opened = crowd.streams.len();
            crowd.read_until(|crowd| crowd.open + OPENING > opened)?;
        }
        crowd.read_until(|crowd| crowd.open == count)?;
        let publisher = crowd.publisher.insert(connect(address)?);
        crowd.poll.registry().register(publisher, PUBLISHER, Interest::READABLE)?;
        Ok(crowd)
    }

    /// Publishes events one after the other, each when all streams have read the one before.
    pub(crate) fn one_by_one(&mut self, events: u64) -> io::Result<()> {
        for _ in 0..events {
            self.publish()?;
            self.wait(0)?;
        }
        Ok(())
    }

    /// Publishes events without a pause, but for streams that are this many behind.
    pub(crate) fn flood(&mut self, events: u64, behind: u64) -> io::Result<()> {
        for _ in 0..events {
            self.publish()?;
            self.wait(behind)?;
        }
        self.wait(0)
    }

    /// Reads until each stream has read this many events, on average.
    pub(crate) fn read_events(&mut self, events: u64) -> io::Result<()> {
        let wanted = events * self.streams.len() as u64;
        self.read_until(|crowd| crowd.delivered >= wanted)
    }

    /// The 99th percentile of the times between sending an event and reading it, in microseconds.
    pub(crate) fn p99_micros(&mut self) -> u32 {
        let last = self.latencies.len() * 99 / 100;
        if self.latencies.is_empty() {
            return 0;
        }
        *self.latencies.select_nth_unstable(last).1
    }

    /// Forgets the times so far.
    pub(crate) fn forget_latencies(&mut self) {
        self.latencies.clear();
    }

    /// The id of the last event that the first stream read.
    pub(crate) fn last_id(&self) -> Option<String> {
        let text = String::from_utf8_lossy(&self.last_bytes);
        let id = text.lines().rev().find_map(|line| line.strip_prefix("id:"))?;
        Some(id.trim().to_owned())
    }

    fn publish(&mut self) -> io::Result<()> {
        let tick = Tick { number: self.published, text: TEXT.to_owned() };
        let body = serde_json::to_string(&tick)?;
        let head = format!(
            "POST /publish HTTP/1.1\r\nHost: localhost\r\nAccept: */*\r\n\
             Content-Type: application/json\r\nContent-Length: {}\r\n\r\n",
            body.len()
        );
        self.published += 1;
        self.sent_at = Instant::now();
        let publisher = self.publisher.as_mut().ok_or(ErrorKind::NotConnected)?;
        publisher.write_all((head + &body).as_bytes())
    }

    /// Reads until the server has answered for all events, and the streams have read all but these.
    fn wait(&mut self, behind: u64) -> io::Result<()> {
        let wanted = self.published.saturating_sub(behind) * self.streams.len() as u64;
        self.read_until(|crowd| crowd.answered == crowd.published && crowd.delivered >= wanted)
    }

    fn read_until(&mut self, is_done: impl Fn(&Self) -> bool) -> io::Result<()> {
        while !is_done(self) {
            self.poll.poll(&mut self.ready, Some(PATIENCE))?;
            if self.ready.is_empty() {
                return Err(ErrorKind::TimedOut.into());
            }
            let ready = std::mem::replace(&mut self.ready, Events::with_capacity(0));
            for event in &ready {
                match event.token() {
                    PUBLISHER => self.read_answers()?,
                    Token(index) => self.read_stream(index)?,
                }
            }
            self.ready = ready;
        }
        Ok(())
    }

    fn read_answers(&mut self) -> io::Result<()> {
        let publisher = self.publisher.as_mut().ok_or(ErrorKind::NotConnected)?;
        while let Some(len) = read(publisher, &mut self.buffer)? {
            let bytes = self.buffer.get(..len).unwrap_or_default();
            for start in memchr::memmem::find_iter(bytes, "HTTP/1.1 ") {
                match bytes.get(start + 9) {
                    Some(b'2') => self.answered += 1,
                    _ => return Err(io::Error::other("an event was refused")),
                }
            }
        }
        Ok(())
    }

    fn read_stream(&mut self, index: usize) -> io::Result<()> {
        let Some(stream) = self.streams.get_mut(index) else {
            return Ok(());
        };
        while let Some(len) = read(&mut stream.socket, &mut self.buffer)? {
            let bytes = self.buffer.get(..len).unwrap_or_default();
            if !stream.is_open {
                stream.open(bytes)?;
                self.open += 1;
            }
            let events = memchr::memchr_iter(MARK, bytes).count();
            if events > 0 {
                self.delivered += events as u64;
                let micros = self.sent_at.elapsed().as_micros();
                self.latencies.push(u32::try_from(micros).unwrap_or(u32::MAX));
            }
            if index == 0 {
                self.last_bytes.clear();
                self.last_bytes.extend_from_slice(bytes);
            }
        }
        Ok(())
    }
}

fn connect(address: SocketAddr) -> io::Result<TcpStream> {
    let socket = std::net::TcpStream::connect(address)?;
    socket.set_nodelay(true)?;
    socket.set_nonblocking(true)?;
    Ok(TcpStream::from_std(socket))
}

/// The number of bytes that were there; none where there are no more for now.
fn read(socket: &mut TcpStream, buffer: &mut [u8]) -> io::Result<Option<usize>> {
    match socket.read(buffer) {
        Ok(0) => Err(ErrorKind::UnexpectedEof.into()),
        Ok(len) => Ok(Some(len)),
        Err(error) if error.kind() == ErrorKind::WouldBlock => Ok(None),
        Err(error) => Err(error),
    }
}
