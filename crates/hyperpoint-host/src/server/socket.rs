//! An accepted socket: TCP or Unix.

use std::io::{self, IoSlice};
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use socket2::SockRef;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
#[cfg(unix)]
use tokio::net::UnixStream;

use crate::connection::{Share, SharedSocket};

/// Maximum time for which sent bytes stay unacknowledged before the kernel closes the connection.
const USER_TIMEOUT: Duration = Duration::from_secs(30);
/// Amount of unsent data in the kernel, in bytes, above which a socket is not writable. With the
/// kernel's default, megabytes would be buffered before the host noticed that a client has stopped
/// reading.
const NOT_SENT_LOW_WATER_BYTES: u32 = 16 * 1024;

/// An accepted socket. The variants are boxed, so that a connection whose socket is a
/// [`SharedSocket`] reserves no memory for the other variants.
#[derive(Debug)]
pub(crate) enum Socket {
    Tcp(Box<TcpStream>),
    #[cfg(unix)]
    Unix(Box<UnixStream>),
    /// A TCP socket that is shared with the writers of a topic during an event stream.
    Shared(Arc<SharedSocket>),
}

/// An accepted socket, and the peer's address, which is `None` for a Unix socket.
pub(super) type Accepted = (Socket, Option<SocketAddr>);

impl Socket {
    /// Sets the options of a TCP socket that event streams need. A Unix socket needs none.
    pub(super) fn prepare(&self) -> io::Result<()> {
        let socket = match self {
            Self::Tcp(socket) => socket,
            #[cfg(unix)]
            Self::Unix(_) => return Ok(()),
            Self::Shared(_) => return Ok(()),
        };
        socket.set_nodelay(true)?;
        #[cfg(target_os = "linux")]
        {
            let socket = SockRef::from(socket);
            socket.set_tcp_user_timeout(Some(USER_TIMEOUT))?;
            socket.set_tcp_notsent_lowat(NOT_SENT_LOW_WATER_BYTES)?;
        }
        Ok(())
    }
}

/// Calls a method of the socket that the variant contains.
macro_rules! either {
    ($socket:expr, $method:ident($cx:expr $(, $argument:expr)*)) => {
        match $socket.get_mut() {
            Socket::Tcp(socket) => Pin::new(&mut **socket).$method($cx $(, $argument)*),
            #[cfg(unix)]
            Socket::Unix(socket) => Pin::new(&mut **socket).$method($cx $(, $argument)*),
            Socket::Shared(socket) => socket.$method($cx $(, $argument)*),
        }
    };
}

impl Share for Socket {
    fn share(self) -> Self {
        match self {
            Self::Tcp(socket) => Self::Shared(Arc::new(SharedSocket::new(*socket))),
            other => other,
        }
    }

    fn unshare(self) -> Self {
        match self {
            Self::Shared(socket) => Arc::try_unwrap(socket)
                .map_or_else(Self::Shared, |socket| Self::Tcp(Box::new(socket.into_inner()))),
            other => other,
        }
    }

    fn shared(&self) -> Option<&Arc<SharedSocket>> {
        match self {
            Self::Shared(socket) => Some(socket),
            _ => None,
        }
    }
}

impl AsyncRead for Socket {
    fn poll_read(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        either!(self, poll_read(cx, buf))
    }
}

impl AsyncWrite for Socket {
    fn poll_write(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &[u8],
    ) -> Poll<io::Result<usize>> {
        either!(self, poll_write(cx, buf))
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        either!(self, poll_write_vectored(cx, bufs))
    }

    /// Returns `true`: TCP and Unix sockets support vectored writes.
    fn is_write_vectored(&self) -> bool {
        true
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        either!(self, poll_flush(cx))
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        either!(self, poll_shutdown(cx))
    }
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use tokio::net::TcpListener;

    use super::*;

    #[tokio::test]
    async fn line_28_an_accepted_socket_gives_up_on_a_vanished_peer() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let client = TcpStream::connect(listener.local_addr().unwrap());
        let (client, accepted) = tokio::join!(client, listener.accept());
        let socket = Socket::Tcp(Box::new(accepted.unwrap().0));
        socket.prepare().unwrap();
        let Socket::Tcp(tcp) = &socket else {
            return;
        };
        let options = SockRef::from(tcp);
        assert_eq!(options.tcp_user_timeout().unwrap(), Some(USER_TIMEOUT));
        assert_eq!(options.tcp_notsent_lowat().unwrap(), NOT_SENT_LOW_WATER_BYTES);
        assert!(tcp.nodelay().unwrap());
        drop(client);
    }
}
