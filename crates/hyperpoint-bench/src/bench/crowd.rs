//! Many subscribers of one topic and one publisher, in a single thread. To keep the overhead low,
//! the thread reads all streams into one buffer, and counts events by a marker byte instead of
//! parsing them.

use std::io::{self, ErrorKind, Read, Write};
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use hyperpoint_bench::{MARK, Tick};
use mio::net::TcpStream;
use mio::{Events, Interest, Poll, Token};

/// The maximum time to wait for a ready socket.
const POLL_TIMEOUT: Duration = Duration::from_mins(1);
/// The maximum number of streams that wait for a response head at once. It is less than the backlog
/// of a listener.
const OPENING: usize = 256;
/// The token of the publisher's socket. The token of a stream is its index.
const PUBLISHER: Token = Token(usize::MAX);
/// The text of each event. It makes the event about as long as the events of the other cases.
const TEXT: &str = "21.5 at the north tower~";

/// Many subscribers of one topic, with their publisher.
pub(crate) struct Crowd {
    poll: Poll,
    ready: Events,
    buffer: Vec<u8>,
    streams: Vec<Stream>,
    /// The connection that publishes, or `None` until all streams are open, because a server would
    /// close an idle connection.
    publisher: Option<TcpStream>,
    /// The number of streams whose response head was read.
    open: usize,
    /// The number of published events.
    published: u64,
    /// The number of published events that the server has acknowledged.
    acknowledged: u64,
    /// The number of events that all streams have read in total.
    delivered: u64,
    /// The time of the last publication.
    sent_at: Instant,
    /// The time from the last publication to each read that contained an event, in microseconds.
    latencies: Vec<u32>,
    /// The bytes of the last read from the first stream, which contain the id of the last event.
    last_bytes: Vec<u8>,
}

/// The connection of one subscriber.
struct Stream {
    socket: TcpStream,
    is_open: bool,
}

impl Stream {
    /// Marks the stream as open. Returns an error if the status of the response is not 200.
    fn open(&mut self, head: &[u8]) -> io::Result<()> {
        self.is_open = head.starts_with(b"HTTP/1.1 200");
        let rejected = || io::Error::other("the status of GET /topic is not 200");
        self.is_open.then_some(()).ok_or_else(rejected)
    }
}

impl Crowd {
    /// Opens `count` streams, which send `last_id` as `Last-Event-ID` if it is set, and then the
    /// connection of the publisher.
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
            acknowledged: 0,
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

    /// Publishes events one by one: each after all streams have read the previous one.
    pub(crate) fn one_by_one(&mut self, events: u64) -> io::Result<()> {
        for _ in 0..events {
            self.publish()?;
            self.wait(0)?;
        }
        Ok(())
    }

    /// Publishes events, each as soon as the server has acknowledged the previous one and the
    /// streams have at most `lag` unread events on average. Returns when all events have been read.
    pub(crate) fn flood(&mut self, events: u64, lag: u64) -> io::Result<()> {
        for _ in 0..events {
            self.publish()?;
            self.wait(lag)?;
        }
        self.wait(0)
    }

    /// Reads until the streams have read this many events each, on average.
    pub(crate) fn read_events(&mut self, events: u64) -> io::Result<()> {
        let wanted = events * self.streams.len() as u64;
        self.read_until(|crowd| crowd.delivered >= wanted)
    }

    /// Returns the 99th percentile of the times from a publication to a read, in microseconds, or 0
    /// if no time was measured.
    pub(crate) fn p99_micros(&mut self) -> u32 {
        let last = self.latencies.len() * 99 / 100;
        if self.latencies.is_empty() {
            return 0;
        }
        *self.latencies.select_nth_unstable(last).1
    }

    /// Discards the latencies measured so far.
    pub(crate) fn clear_latencies(&mut self) {
        self.latencies.clear();
    }

    /// Returns the id of the last event that the first stream read, or `None` if it has no id.
    pub(crate) fn last_id(&self) -> Option<String> {
        let text = String::from_utf8_lossy(&self.last_bytes);
        let id = text.lines().rev().find_map(|line| line.strip_prefix("id:"))?;
        Some(id.trim().to_owned())
    }

    /// Publishes the next event without waiting for the response.
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

    /// Reads until the server has acknowledged all events, and the streams have at most `lag`
    /// unread events on average.
    fn wait(&mut self, lag: u64) -> io::Result<()> {
        let wanted = self.published.saturating_sub(lag) * self.streams.len() as u64;
        self.read_until(|crowd| crowd.acknowledged == crowd.published && crowd.delivered >= wanted)
    }

    /// Reads ready sockets until the condition holds. Returns an error if no socket becomes ready
    /// within [`POLL_TIMEOUT`].
    fn read_until(&mut self, is_done: impl Fn(&Self) -> bool) -> io::Result<()> {
        while !is_done(self) {
            self.poll.poll(&mut self.ready, Some(POLL_TIMEOUT))?;
            if self.ready.is_empty() {
                return Err(ErrorKind::TimedOut.into());
            }
            let ready = std::mem::replace(&mut self.ready, Events::with_capacity(0));
            for event in &ready {
                match event.token() {
                    PUBLISHER => self.read_acknowledgements()?,
                    Token(index) => self.read_stream(index)?,
                }
            }
            self.ready = ready;
        }
        Ok(())
    }

    /// Reads and counts the responses to publications. Returns an error if a status is not 2xx.
    fn read_acknowledgements(&mut self) -> io::Result<()> {
        let publisher = self.publisher.as_mut().ok_or(ErrorKind::NotConnected)?;
        while let Some(len) = read(publisher, &mut self.buffer)? {
            let bytes = self.buffer.get(..len).unwrap_or_default();
            for start in memchr::memmem::find_iter(bytes, "HTTP/1.1 ") {
                match bytes.get(start + 9) {
                    Some(b'2') => self.acknowledged += 1,
                    _ => return Err(io::Error::other("the status of POST /publish is not 2xx")),
                }
            }
        }
        Ok(())
    }

    /// Reads the available bytes of one stream, and counts its events.
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

/// Reads without blocking. Returns the number of bytes, `None` if no bytes are available, or an
/// error if the server has closed the connection.
fn read(socket: &mut TcpStream, buffer: &mut [u8]) -> io::Result<Option<usize>> {
    match socket.read(buffer) {
        Ok(0) => Err(ErrorKind::UnexpectedEof.into()),
        Ok(len) => Ok(Some(len)),
        Err(error) if error.kind() == ErrorKind::WouldBlock => Ok(None),
        Err(error) => Err(error),
    }
}
