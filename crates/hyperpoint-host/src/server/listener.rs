//! The listening socket: bound to an address or a Unix socket path, or inherited.

use std::io;
use std::net::SocketAddr;

use socket2::SockRef;
use tokio::net::{TcpListener, lookup_host};

use super::socket::{Accepted, Socket};
#[cfg(unix)]
use super::unix_listener::UnixFileListener;
use crate::error::HostError;

/// Maximum number of TCP connections that wait to be accepted, unless the platform's limit is
/// lower. Very many clients may reconnect at the same time; a client that exceeds the backlog
/// retries after a second.
const BACKLOG: i32 = 4096;

/// The address or socket on which a host listens.
#[derive(Debug)]
pub(crate) enum Bind {
    /// An address and a port, `unix:` and the path of a socket, or `systemd`.
    Text(String),
    /// A socket that is already listening.
    Given(std::net::TcpListener),
}

/// A listening socket.
#[derive(Debug)]
pub(super) enum Listener {
    Tcp(TcpListener),
    #[cfg(unix)]
    Unix(UnixFileListener),
}

impl Listener {
    /// Begins to listen.
    ///
    /// # Errors
    ///
    /// Returns an error if the address is invalid or cannot be listened on, or if `systemd` passed
    /// no socket.
    pub(super) async fn new(bind: Bind) -> Result<Self, HostError> {
        let text = match bind {
            Bind::Text(text) => text,
            Bind::Given(listener) => return Self::given(listener).map_err(HostError::io),
        };
        match text.strip_prefix("unix:") {
            Some(path) => Self::unix(path).map_err(|error| HostError::bind(&text, error)),
            None if text == "systemd" => Self::systemd(),
            None => Self::tcp(&text).await,
        }
    }

    /// Listens on the first address that the text resolves to and that can be bound.
    async fn tcp(text: &str) -> Result<Self, HostError> {
        let addresses = lookup_host(text).await.map_err(|error| HostError::address(text, error))?;
        let addresses: Vec<SocketAddr> = addresses.collect();
        let listener = TcpListener::bind(&*addresses).await.and_then(|listener| {
            SockRef::from(&listener).listen(BACKLOG)?;
            Ok(Self::Tcp(listener))
        });
        listener.map_err(|error| HostError::bind(text, error))
    }

    /// Takes over a socket that is already listening.
    fn given(listener: std::net::TcpListener) -> io::Result<Self> {
        listener.set_nonblocking(true)?;
        Ok(Self::Tcp(TcpListener::from_std(listener)?))
    }

    #[cfg(unix)]
    fn unix(path: &str) -> io::Result<Self> {
        Ok(Self::Unix(UnixFileListener::bind(path)?))
    }

    #[cfg(not(unix))]
    fn unix(_: &str) -> io::Result<Self> {
        Err(io::Error::new(io::ErrorKind::Unsupported, "this platform has no Unix sockets"))
    }

    /// Takes over the first socket that the process was started with (`sd_listen_fds(3)`).
    #[cfg(unix)]
    fn systemd() -> Result<Self, HostError> {
        let mut given = listenfd::ListenFd::from_env();
        if let Ok(Some(listener)) = given.take_tcp_listener(0) {
            return Self::given(listener).map_err(HostError::io);
        }
        match given.take_unix_listener(0) {
            Ok(Some(listener)) => {
                UnixFileListener::given(listener).map(Self::Unix).map_err(HostError::io)
            }
            Ok(None) => Err(HostError::no_socket_given()),
            Err(error) => Err(HostError::io(error)),
        }
    }

    #[cfg(not(unix))]
    fn systemd() -> Result<Self, HostError> {
        Err(HostError::no_socket_given())
    }

    /// Returns the local address, or `None` for a Unix socket.
    pub(super) fn address(&self) -> io::Result<Option<SocketAddr>> {
        match self {
            Self::Tcp(listener) => listener.local_addr().map(Some),
            #[cfg(unix)]
            Self::Unix(_) => Ok(None),
        }
    }

    /// Returns the path of a Unix socket, or `None` for a TCP socket or an unnamed Unix socket.
    pub(super) fn path(&self) -> Option<String> {
        match self {
            Self::Tcp(_) => None,
            #[cfg(unix)]
            Self::Unix(listener) => listener.path().map(|path| path.display().to_string()),
        }
    }

    pub(super) async fn accept(&self) -> io::Result<Accepted> {
        match self {
            Self::Tcp(listener) => {
                let (socket, address) = listener.accept().await?;
                Ok((Socket::Tcp(Box::new(socket)), Some(address)))
            }
            #[cfg(unix)]
            Self::Unix(listener) => Ok((Socket::Unix(Box::new(listener.accept().await?)), None)),
        }
    }
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use std::net::TcpStream;
    use std::time::Duration;

    use super::*;

    #[tokio::test]
    async fn hundreds_of_connections_can_wait_to_be_accepted() {
        let listener = Listener::new(Bind::Text("127.0.0.1:0".to_owned())).await.unwrap();
        let address = listener.address().unwrap().unwrap();
        let bound = std::fs::read_to_string("/proc/sys/net/core/somaxconn").unwrap();
        let clients = bound.trim().parse().unwrap_or(0).min(500);
        let connect = |_| TcpStream::connect_timeout(&address, Duration::from_millis(900));
        let waiting = (0..clients).map(connect).collect::<Result<Vec<_>, _>>();
        assert_eq!(waiting.unwrap().len(), clients);
    }
}
