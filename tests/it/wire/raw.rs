//! An HTTP/1 client that writes and reads raw bytes.

use std::net::SocketAddr;
use std::time::Duration;

use socket2::SockRef;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use super::dechunk::next_chunk;
use super::{Head, within};

/// A connection on which raw bytes are written, and responses are read piece by piece.
#[derive(Debug)]
pub(crate) struct Raw {
    socket: TcpStream,
    unread: Vec<u8>,
    /// The content of the chunks that were read, in bytes.
    content_bytes: usize,
}

impl Raw {
    /// Connects without sending anything.
    pub(crate) async fn connect(address: SocketAddr) -> Self {
        let socket = within(TcpStream::connect(address)).await.unwrap();
        let (unread, content_bytes) = Default::default();
        Self { socket, unread, content_bytes }
    }

    /// Connects and writes these bytes.
    pub(crate) async fn open(address: SocketAddr, request: impl AsRef<[u8]>) -> Self {
        let mut raw = Self::connect(address).await;
        raw.write(request).await;
        raw
    }

    /// Connects and sends a POST without a body for this path over HTTP/1.1.
    pub(crate) async fn post(address: SocketAddr, path: &str) -> Self {
        let head = format!("POST {path} HTTP/1.1\r\nhost: a\r\ncontent-length: 0\r\n\r\n");
        Self::open(address, head).await
    }

    /// Connects and sends a GET for this path over HTTP/1.1.
    pub(crate) async fn get(address: SocketAddr, path: &str) -> Self {
        Self::open(address, format!("GET {path} HTTP/1.1\r\nhost: a\r\n\r\n")).await
    }

    pub(crate) async fn write(&mut self, bytes: impl AsRef<[u8]>) {
        within(self.socket.write_all(bytes.as_ref())).await.unwrap();
    }

    /// Writes bytes, and ignores an error if the server no longer reads.
    pub(crate) async fn try_write(&mut self, bytes: impl AsRef<[u8]>) -> std::io::Result<()> {
        within(self.socket.write_all(bytes.as_ref())).await
    }

    /// Reads everything until the connection ends, in whatever way.
    pub(crate) async fn until_end(mut self) -> Vec<u8> {
        while within(self.socket.read_buf(&mut self.unread)).await.is_ok_and(|read| read > 0) {}
        self.unread
    }

    /// Reads the head of the next response.
    pub(crate) async fn head(&mut self) -> Head {
        let head = self.try_head().await;
        assert!(head.is_some(), "the connection ended in a head");
        head.unwrap()
    }

    /// Reads the head of the next response, or returns `None` if the server closes the connection
    /// before.
    pub(crate) async fn try_head(&mut self) -> Option<Head> {
        loop {
            let end = self.unread.windows(4).position(|four| four == b"\r\n\r\n");
            if let Some(end) = end {
                let head: Vec<u8> = self.unread.drain(..end + 4).collect();
                return Some(Head::parse(&head));
            }
            let read = within(self.socket.read_buf(&mut self.unread)).await;
            if read.is_err() || read.is_ok_and(|read| read == 0) {
                return None;
            }
        }
    }

    /// Returns the next complete chunk of a chunked body, or `None` for the last chunk, which ends
    /// the body.
    pub(crate) async fn chunk(&mut self) -> Option<String> {
        loop {
            if let Some((chunk, taken)) = next_chunk(&self.unread) {
                self.unread.drain(..taken);
                self.content_bytes += chunk.len();
                return (!chunk.is_empty()).then(|| String::from_utf8(chunk).unwrap());
            }
            assert!(
                self.read().await,
                "the connection ended in a chunked body: {:?}",
                String::from_utf8_lossy(&self.unread)
            );
        }
    }

    /// Returns the size of the content of all chunks that were read, in bytes.
    pub(crate) fn content_bytes(&self) -> usize {
        self.content_bytes
    }

    /// Reads chunks until their joined content ends with these bytes.
    pub(crate) async fn chunks_until(&mut self, end: &str) -> String {
        let mut body = String::new();
        while !body.ends_with(end) {
            let chunk = self.chunk().await;
            assert!(chunk.is_some(), "the body ended before {end:?}: {body:?}");
            body.push_str(&chunk.unwrap());
        }
        body
    }

    /// Reads the rest of a chunked body, up to its last chunk.
    pub(crate) async fn chunked_body(&mut self) -> String {
        let mut body = String::new();
        while let Some(chunk) = self.chunk().await {
            body.push_str(&chunk);
        }
        body
    }

    /// Reads a chunked body until the server closes the connection. Returns its content, and whether it
    /// has its last chunk.
    pub(crate) async fn closed_body(self) -> (String, bool) {
        let (mut bytes, mut body) = (self.until_close().await, String::new());
        while let Some((chunk, taken)) = next_chunk(&bytes) {
            bytes.drain(..taken);
            if chunk.is_empty() {
                return (body, true);
            }
            body.push_str(&String::from_utf8(chunk).unwrap());
        }
        assert!(bytes.is_empty(), "a chunk is not complete: {bytes:?}");
        (body, false)
    }

    /// Reads this many bytes.
    pub(crate) async fn bytes(&mut self, count: usize) -> Vec<u8> {
        while self.unread.len() < count {
            assert!(self.read().await, "the connection ended too early");
        }
        self.unread.drain(..count).collect()
    }

    /// Reads everything until the server closes the connection.
    pub(crate) async fn until_close(mut self) -> Vec<u8> {
        while self.read().await {}
        self.unread
    }

    /// Discards incoming data for this long. Returns whether the server closed the connection
    /// meanwhile.
    pub(crate) async fn closes_within(&mut self, time: Duration) -> bool {
        let closed = async {
            while let Ok(1..) = self.socket.read_buf(&mut self.unread).await {
                self.unread.clear();
            }
        };
        tokio::time::timeout(time, closed).await.is_ok()
    }

    /// Sends a FIN, after which nothing more is sent; reading continues.
    pub(crate) async fn finish(&mut self) {
        within(self.socket.shutdown()).await.unwrap();
    }

    /// Ends the connection with a RST.
    pub(crate) fn reset(self) {
        let socket = SockRef::from(&self.socket);
        socket.set_linger(Some(Duration::ZERO)).unwrap();
    }

    /// Returns the socket.
    pub(crate) fn socket(&self) -> &TcpStream {
        &self.socket
    }

    /// Reads more bytes. Returns `false` at the end of the connection.
    async fn read(&mut self) -> bool {
        let read = self.socket.read_buf(&mut self.unread);
        within(read).await.unwrap() > 0
    }
}
