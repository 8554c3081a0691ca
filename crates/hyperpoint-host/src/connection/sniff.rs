//! Detection of HTTP/1 or HTTP/2 by the first bytes of a connection.

use std::io::{self, IoSlice};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, ReadBuf};

use super::shared_socket::{Share, SharedSocket};

/// The connection preface of HTTP/2 (RFC 9113 §3.4).
const PREFACE: &[u8; 24] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

/// Reads until the first bytes are the HTTP/2 preface or can no longer become the preface. Returns
/// whether they are the preface, and a [`Sniffed`] socket that yields the same bytes again.
///
/// # Errors
///
/// Returns the socket's errors, and `UnexpectedEof` if it ends within the preface.
pub(super) async fn sniff<T: AsyncRead + Unpin>(mut io: T) -> io::Result<(Sniffed<T>, bool)> {
    let mut first = [0; PREFACE.len()];
    let mut len = 0;
    while let Some(rest @ [_, ..]) = first.get_mut(len..) {
        let read = io.read(rest).await?;
        len += read;
        let is_prefix = PREFACE.get(..len) == first.get(..len);
        if !is_prefix {
            break;
        }
        if read == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
    }
    let is_http2 = first == *PREFACE;
    let first = Some(Box::new(First { bytes: first, unread: 0, len }));
    Ok((Sniffed { io, first }, is_http2))
}

/// A socket whose first bytes were read and are yielded again.
#[derive(Debug)]
pub(super) struct Sniffed<T> {
    io: T,
    /// The first bytes, or `None` once all of them were yielded.
    first: Option<Box<First>>,
}

/// The first bytes of a connection.
#[derive(Debug)]
struct First {
    bytes: [u8; PREFACE.len()],
    /// Index of the next byte to yield.
    unread: usize,
    /// Number of bytes that were read.
    len: usize,
}

impl First {
    /// Fills the buffer with unread bytes, and returns whether all of them were yielded.
    fn read(&mut self, buf: &mut ReadBuf<'_>) -> bool {
        let unread = self.bytes.get(self.unread..self.len).unwrap_or_default();
        let take = unread.len().min(buf.remaining());
        buf.put_slice(unread.get(..take).unwrap_or_default());
        self.unread += take;
        self.unread == self.len
    }
}

impl<T: AsyncRead + Unpin> AsyncRead for Sniffed<T> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let this = &mut *self;
        let Some(first) = &mut this.first else {
            return Pin::new(&mut this.io).poll_read(cx, buf);
        };
        if first.read(buf) {
            this.first = None;
        }
        // The rest of the request has usually arrived, too. Reading it into the same buffer saves
        // hyper a second read.
        match Pin::new(&mut this.io).poll_read(cx, buf) {
            Poll::Ready(Err(error)) => Poll::Ready(Err(error)),
            Poll::Ready(Ok(())) | Poll::Pending => Poll::Ready(Ok(())),
        }
    }
}

impl<T: Share> Share for Sniffed<T> {
    fn share(self) -> Self {
        Self { io: self.io.share(), ..self }
    }

    fn unshare(self) -> Self {
        Self { io: self.io.unshare(), ..self }
    }

    fn shared(&self) -> Option<&Arc<SharedSocket>> {
        self.io.shared()
    }
}

impl<T: AsyncWrite + Unpin> AsyncWrite for Sniffed<T> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.io).poll_write(cx, buf)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.io).poll_write_vectored(cx, bufs)
    }

    fn is_write_vectored(&self) -> bool {
        self.io.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.io).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.io).poll_shutdown(cx)
    }
}

#[cfg(test)]
mod tests {
    use tokio::io::AsyncWriteExt;

    use super::*;

    async fn check(pieces: &[&[u8]], expected: bool) {
        let (mut client, server) = tokio::io::duplex(256);
        let send = async {
            for piece in pieces {
                client.write_all(piece).await.unwrap();
                tokio::task::yield_now().await;
            }
            drop(client);
        };
        let read = async {
            let (mut io, is_http2) = sniff(server).await.unwrap();
            let mut all = Vec::new();
            io.read_to_end(&mut all).await.unwrap();
            (all, is_http2)
        };
        let ((), (all, is_http2)) = tokio::join!(send, read);
        assert_eq!((all, is_http2), (pieces.concat(), expected));
    }

    #[tokio::test]
    async fn the_protocol_is_detected_however_the_first_bytes_are_split() {
        check(&[b"GET / HTTP/1.1\r\n\r\n"], false).await;
        check(&[b"P", b"O", b"ST / HTTP/1.1\r\n\r\n"], false).await;
        check(&[b"PRI * HTTP/1.1\r\n\r\n and more"], false).await;
        check(&[PREFACE], true).await;
        check(&[b"PRI * HT", b"TP/2.0\r\n\r\nSM", b"\r\n\r\n", b"frames"], true).await;
    }

    #[tokio::test]
    async fn a_connection_that_ends_within_the_preface_is_an_error() {
        let (mut client, server) = tokio::io::duplex(64);
        client.write_all(b"PRI *").await.unwrap();
        drop(client);
        assert_eq!(sniff(server).await.unwrap_err().kind(), io::ErrorKind::UnexpectedEof);
    }
}
