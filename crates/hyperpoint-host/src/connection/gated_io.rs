//! A socket that its connection's task can close, even after the socket was moved to another task.

use std::io::{self, IoSlice};
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use crate::upgrade_gate::UpgradeGate;

/// A socket that hyper, or the service that has upgraded the connection, reads and writes, and that
/// a [`Closer`] in the connection's task can close.
pub(super) struct GatedIo<T>(Shared<T>);

/// Closes the socket of a [`GatedIo`] when it is dropped.
pub(super) struct Closer<T>(Shared<T>);

struct Shared<T> {
    /// The socket, or `None` after it was closed.
    io: Arc<Mutex<Option<T>>>,
    gate: Arc<UpgradeGate>,
}

/// Wraps a socket, and returns it with its closer.
pub(super) fn gated<T>(io: T, gate: &Arc<UpgradeGate>) -> (GatedIo<T>, Closer<T>) {
    let io = Arc::new(Mutex::new(Some(io)));
    let shared = || Shared { io: Arc::clone(&io), gate: Arc::clone(gate) };
    (GatedIo(shared()), Closer(shared()))
}

impl<T> Shared<T> {
    fn lock(&self) -> MutexGuard<'_, Option<T>> {
        self.io.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Closes the socket.
    fn close(&self) {
        // Dropped after the lock is released, because dropping the socket deregisters it.
        let io = self.lock().take();
        drop(io);
    }
}

impl<T: AsyncWrite + Unpin> GatedIo<T> {
    /// Calls `write` with the socket. Returns an error if the socket is closed.
    fn poll_open<R>(
        &self,
        cx: &mut Context<'_>,
        write: impl FnOnce(Pin<&mut T>, &mut Context<'_>) -> Poll<io::Result<R>>,
    ) -> Poll<io::Result<R>> {
        self.0.gate.register_writer(cx);
        let polled = match &mut *self.0.lock() {
            Some(io) => write(Pin::new(io), cx),
            None => Poll::Ready(Err(closed())),
        };
        if polled.is_pending() {
            self.0.gate.stalled();
        }
        polled
    }
}

impl<T: AsyncRead + Unpin> AsyncRead for GatedIo<T> {
    fn poll_read(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        // A read of zero bytes reports the end of the stream.
        if self.0.gate.has_ended_reads(cx) {
            return Poll::Ready(Ok(()));
        }
        match &mut *self.0.lock() {
            Some(io) => Pin::new(io).poll_read(cx, buf),
            None => Poll::Ready(Ok(())),
        }
    }
}

impl<T: AsyncWrite + Unpin> AsyncWrite for GatedIo<T> {
    fn poll_write(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &[u8],
    ) -> Poll<io::Result<usize>> {
        self.poll_open(cx, |io, cx| io.poll_write(cx, buf))
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        self.poll_open(cx, |io, cx| io.poll_write_vectored(cx, bufs))
    }

    fn is_write_vectored(&self) -> bool {
        self.0.lock().as_ref().is_some_and(AsyncWrite::is_write_vectored)
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.poll_open(cx, |io, cx| io.poll_flush(cx))
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.poll_open(cx, |io, cx| io.poll_shutdown(cx))
    }
}

impl<T> Drop for GatedIo<T> {
    fn drop(&mut self) {
        self.0.close();
        self.0.gate.released();
    }
}

impl<T> Drop for Closer<T> {
    fn drop(&mut self) {
        self.0.close();
        self.0.gate.closed();
    }
}

fn closed() -> io::Error {
    io::Error::new(io::ErrorKind::ConnectionAborted, "the host has closed the connection")
}
