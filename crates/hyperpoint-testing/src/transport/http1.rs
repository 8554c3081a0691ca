//! An HTTP/1.1 client with one connection for each request. It reads the body from the socket only
//! while the caller waits for the next piece.

use std::net::SocketAddr;
use std::time::Duration;

use bytes::{Buf, Bytes, BytesMut};
use http::header::{CONTENT_LENGTH, HOST};
use http::{HeaderName, HeaderValue, Request, Response};
use socket2::SockRef;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use super::STALLED_BUFFER_BYTES;
use super::framing::{Framing, Taken};
use crate::read_error::BoxError;

const MAX_HEADERS: usize = 100;

/// The body of an HTTP/1.1 response, with its connection.
#[derive(Debug)]
pub(crate) struct Http1Body {
    socket: TcpStream,
    unread: BytesMut,
    framing: Framing,
}

/// Sends the request and reads the head of its response.
pub(super) async fn open(
    address: SocketAddr,
    request: Request<Bytes>,
) -> Result<Response<Http1Body>, BoxError> {
    let mut socket = TcpStream::connect(address).await?;
    socket.set_nodelay(true)?;
    socket.write_all(&written(&request, address)).await?;
    let mut unread = BytesMut::new();
    let head = loop {
        if let Some(head) = parse(&mut unread)? {
            break head;
        }
        if socket.read_buf(&mut unread).await? == 0 {
            return Err("the server closed the connection before the response head".into());
        }
    };
    let framing = Framing::of(head.status(), head.headers())?;
    Ok(head.map(|()| Http1Body { socket, unread, framing }))
}

impl Http1Body {
    pub(super) async fn next(&mut self) -> Result<Option<Bytes>, BoxError> {
        loop {
            match self.framing.take(&mut self.unread)? {
                Taken::Data(data) => return Ok(Some(data)),
                Taken::End => return Ok(None),
                Taken::Nothing => {}
            }
            if self.socket.read_buf(&mut self.unread).await? == 0 {
                return match self.framing {
                    Framing::UntilClose => Ok(None),
                    _ => Err("the server closed the connection within the body".into()),
                };
            }
        }
    }

    /// Shrinks the receive buffer, so that the server's send buffer soon fills up.
    pub(super) fn stop_reading(&self) {
        let _ = SockRef::from(&self.socket).set_recv_buffer_size(STALLED_BUFFER_BYTES);
    }

    /// Closes the connection with a RST.
    pub(super) fn reset(self) {
        // The call fails only if the socket is already closed.
        let _ = SockRef::from(&self.socket).set_linger(Some(Duration::ZERO));
    }
}

/// Encodes the request as HTTP/1.1.
fn written(request: &Request<Bytes>, address: SocketAddr) -> Vec<u8> {
    let target = request.uri().path_and_query().map_or("/", |target| target.as_str());
    let mut bytes = format!("{} {target} HTTP/1.1\r\n", request.method()).into_bytes();
    let mut header = |name: &HeaderName, value: &[u8]| {
        bytes.extend_from_slice(name.as_str().as_bytes());
        bytes.extend_from_slice(b": ");
        bytes.extend_from_slice(value);
        bytes.extend_from_slice(b"\r\n");
    };
    for (name, value) in request.headers() {
        header(name, value.as_bytes());
    }
    if !request.headers().contains_key(HOST) {
        header(&HOST, address.to_string().as_bytes());
    }
    if !request.body().is_empty() {
        header(&CONTENT_LENGTH, request.body().len().to_string().as_bytes());
    }
    bytes.extend_from_slice(b"\r\n");
    bytes.extend_from_slice(request.body());
    bytes
}

/// Parses the response head at the start of `unread` and removes it. Returns `None` if the head is
/// incomplete.
fn parse(unread: &mut BytesMut) -> Result<Option<Response<()>>, BoxError> {
    let mut headers = [httparse::EMPTY_HEADER; MAX_HEADERS];
    let mut head = httparse::Response::new(&mut headers);
    let httparse::Status::Complete(taken) = head.parse(unread)? else {
        return Ok(None);
    };
    let mut response = Response::builder().status(head.code.unwrap_or_default());
    for header in head.headers {
        response = response.header(header.name, HeaderValue::from_bytes(header.value)?);
    }
    unread.advance(taken);
    Ok(Some(response.body(())?))
}
