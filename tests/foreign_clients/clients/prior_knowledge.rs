//! Connections of hyper's client that use HTTP/2 in cleartext from the start.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};

use hyper::rt::{Read, ReadBufCursor, Write};
use hyper_util::client::legacy::connect::{Connected, Connection};
use hyper_util::rt::TokioIo;
use hyperpoint::http::Uri;
use tokio::net::TcpStream;

/// A connection that reports HTTP/2 as negotiated, as a TLS connection would.
pub(super) struct PriorKnowledge(TokioIo<TcpStream>);

/// Connects to the authority of a URI.
pub(super) async fn connect(uri: Uri) -> io::Result<PriorKnowledge> {
    let authority = uri.authority().map_or("", |authority| authority.as_str());
    Ok(PriorKnowledge(TokioIo::new(TcpStream::connect(authority).await?)))
}

impl Connection for PriorKnowledge {
    fn connected(&self) -> Connected {
        Connected::new().negotiated_h2()
    }
}

impl Read for PriorKnowledge {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: ReadBufCursor<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_read(cx, buffer)
    }
}

impl Write for PriorKnowledge {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.0).poll_write(cx, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_shutdown(cx)
    }
}
