//! The socket that accepts, and the options of those that it accepted.

use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use socket2::SockRef;
use tokio::net::{TcpListener, TcpStream, lookup_host};

use crate::error::HostError;

/// How long written bytes may stay without an acknowledgement before the peer counts as gone.
const USER_TIMEOUT: Duration = Duration::from_secs(30);
/// How much unsent data the kernel takes. With the default, a client that stopped reading would
/// have megabytes buffered before anybody noticed.
const NOT_SENT_LOW_WATER_BYTES: u32 = 16 * 1024;

const FIRST_PAUSE: Duration = Duration::from_millis(5);
const LONGEST_PAUSE: Duration = Duration::from_millis(500);

/// Listens on the first of the addresses that the text stands for.
pub(super) async fn listen(text: &str) -> Result<TcpListener, HostError> {
    let addresses = lookup_host(text).await.map_err(|error| HostError::address(text, error))?;
    let addresses: Vec<SocketAddr> = addresses.collect();
    TcpListener::bind(&*addresses).await.map_err(|error| HostError::bind(text, error))
}

/// Accepts connections. Out of descriptors it waits until there are some again, and says so once.
#[derive(Debug)]
pub(super) struct Acceptor {
    listener: TcpListener,
    /// How long to wait before the next try; none while accepting goes well.
    pause: Option<Duration>,
}

impl Acceptor {
    pub(super) fn new(listener: TcpListener) -> Self {
        Self { listener, pause: None }
    }

    /// The next connection; none where there is no descriptor for it, and room has to be made.
    ///
    /// # Cancel safety
    ///
    /// Safe: a connection is given out or still waits, and the pause grows over all calls.
    pub(super) async fn accept(&mut self) -> Option<(TcpStream, SocketAddr)> {
        loop {
            if let Some(pause) = self.pause {
                tokio::time::sleep(pause).await;
            }
            match self.listener.accept().await {
                Ok(accepted) => {
                    self.recovered();
                    return Some(accepted);
                }
                Err(error) if is_of_one_client(&error) => {}
                Err(error) => {
                    self.wait_longer(&error);
                    return None;
                }
            }
        }
    }

    fn wait_longer(&mut self, error: &io::Error) {
        if self.pause.is_none() {
            tracing::error!(%error, "failed to accept a connection; trying again");
        }
        let next = self.pause.map_or(FIRST_PAUSE, |pause| pause * 2);
        self.pause = Some(next.min(LONGEST_PAUSE));
    }

    fn recovered(&mut self) {
        if self.pause.take().is_some() {
            tracing::info!("accepting connections again");
        }
    }
}

fn is_of_one_client(error: &io::Error) -> bool {
    use io::ErrorKind::{ConnectionAborted, ConnectionRefused, ConnectionReset};
    matches!(error.kind(), ConnectionAborted | ConnectionRefused | ConnectionReset)
}

/// Sets what an accepted socket needs for event streams.
pub(super) fn prepare(socket: &TcpStream) -> io::Result<()> {
    socket.set_nodelay(true)?;
    #[cfg(target_os = "linux")]
    {
        let socket = SockRef::from(socket);
        socket.set_tcp_user_timeout(Some(USER_TIMEOUT))?;
        socket.set_tcp_notsent_lowat(NOT_SENT_LOW_WATER_BYTES)?;
    }
    Ok(())
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;

    #[tokio::test]
    async fn line_28_an_accepted_socket_gives_up_on_a_vanished_peer() {
        let listener = listen("127.0.0.1:0").await.unwrap();
        let client = TcpStream::connect(listener.local_addr().unwrap());
        let mut acceptor = Acceptor::new(listener);
        let (client, accepted) = tokio::join!(client, acceptor.accept());
        let (socket, _) = accepted.unwrap();
        prepare(&socket).unwrap();
        let options = SockRef::from(&socket);
        assert_eq!(options.tcp_user_timeout().unwrap(), Some(USER_TIMEOUT));
        assert_eq!(options.tcp_notsent_lowat().unwrap(), NOT_SENT_LOW_WATER_BYTES);
        assert!(socket.nodelay().unwrap());
        drop(client);
    }
}
