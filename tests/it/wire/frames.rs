//! An HTTP/2 client that writes and reads single frames (RFC 9113 §4.1).

use std::net::SocketAddr;

use super::raw::Raw;

/// The connection preface of a client (RFC 9113 §3.4).
pub(crate) const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

pub(crate) const DATA: u8 = 0;
pub(crate) const HEADERS: u8 = 1;
pub(crate) const RST_STREAM: u8 = 3;
pub(crate) const SETTINGS: u8 = 4;
pub(crate) const PING: u8 = 6;
pub(crate) const GOAWAY: u8 = 7;
pub(crate) const WINDOW_UPDATE: u8 = 8;

pub(crate) const ACK: u8 = 1;
pub(crate) const END_STREAM: u8 = 1;
pub(crate) const END_HEADERS: u8 = 4;

/// A frame as it was read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Frame {
    pub(crate) kind: u8,
    pub(crate) flags: u8,
    pub(crate) stream: u32,
    pub(crate) payload: Vec<u8>,
}

impl Frame {
    /// Returns the error code of a `RST_STREAM` or a `GOAWAY`.
    pub(crate) fn code(&self) -> u32 {
        let at = if self.kind == GOAWAY { 4 } else { 0 };
        u32::from_be_bytes(self.payload[at..at + 4].try_into().unwrap())
    }
}

/// Encodes a frame.
pub(crate) fn frame(kind: u8, flags: u8, stream: u32, payload: &[u8]) -> Vec<u8> {
    let length = u32::try_from(payload.len()).unwrap().to_be_bytes();
    let mut bytes = length[1..].to_vec();
    bytes.extend([kind, flags]);
    bytes.extend(stream.to_be_bytes());
    bytes.extend(payload);
    bytes
}

/// Encodes the header block of a `GET` for a path of at most 126 bytes (RFC 7541 §6.1, §6.2.2).
pub(crate) fn get_block(path: &str) -> Vec<u8> {
    let mut block = vec![0x82, 0x86, 0x01, 1, b'a', 0x04, u8::try_from(path.len()).unwrap()];
    block.extend(path.as_bytes());
    block
}

/// Encodes a header as a literal without indexing (RFC 7541 §6.2.2).
pub(crate) fn literal(name: &str, value: &str) -> Vec<u8> {
    let mut bytes = vec![0, u8::try_from(name.len()).unwrap()];
    bytes.extend(name.as_bytes());
    bytes.push(u8::try_from(value.len()).unwrap());
    bytes.extend(value.as_bytes());
    bytes
}

/// Encodes the HEADERS frame of a `GET` without a body.
pub(crate) fn get(stream: u32, path: &str) -> Vec<u8> {
    frame(HEADERS, END_HEADERS | END_STREAM, stream, &get_block(path))
}

/// Encodes one setting (RFC 9113 §6.5.1).
pub(crate) fn setting(id: u16, value: u32) -> Vec<u8> {
    [&id.to_be_bytes()[..], &value.to_be_bytes()].concat()
}

/// A connection on which single frames are written and read.
#[derive(Debug)]
pub(crate) struct Frames(Raw);

impl Frames {
    /// Connects and sends the preface with these settings.
    pub(crate) async fn connect(address: SocketAddr, settings: &[u8]) -> Self {
        let begin = [PREFACE, &frame(SETTINGS, 0, 0, settings)].concat();
        Self(Raw::open(address, begin).await)
    }

    pub(crate) async fn write(&mut self, bytes: impl AsRef<[u8]>) {
        self.0.write(bytes).await;
    }

    /// Writes bytes, and ignores an error if the server no longer reads.
    pub(crate) async fn try_write(&mut self, bytes: impl AsRef<[u8]>) -> std::io::Result<()> {
        self.0.try_write(bytes).await
    }

    /// Reads the next frame.
    pub(crate) async fn read(&mut self) -> Frame {
        let head = self.0.bytes(9).await;
        let length = u32::from_be_bytes([0, head[0], head[1], head[2]]);
        let stream = u32::from_be_bytes(head[5..9].try_into().unwrap());
        let payload = self.0.bytes(length as usize).await;
        Frame { kind: head[3], flags: head[4], stream, payload }
    }

    /// Reads the next frame of this type; skips others, and answers pings.
    pub(crate) async fn read_until(&mut self, kind: u8) -> Frame {
        loop {
            let read = self.read().await;
            if read.kind == kind {
                return read;
            }
            if read.kind == PING && read.flags & ACK == 0 {
                self.write(frame(PING, ACK, 0, &read.payload)).await;
            }
        }
    }

    /// Returns the connection as bytes.
    pub(crate) fn into_raw(self) -> Raw {
        self.0
    }
}
