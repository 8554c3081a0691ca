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

/// Listens on the first of the addresses that the text stands for.
pub(super) async fn listen(text: &str) -> Result<TcpListener, HostError> {
    let addresses = lookup_host(text).await.map_err(|_unresolved| HostError::address(text))?;
    let addresses: Vec<SocketAddr> = addresses.collect();
    TcpListener::bind(&*addresses).await.map_err(|error| HostError::bind(text, error))
}

/// Accepts connections for ever. Out of descriptors it waits until there are some again, and says
/// so once.
pub(super) async fn accept(listener: &TcpListener) -> (TcpStream, SocketAddr) {
    let mut pause = Duration::from_millis(5);
    let mut is_told = false;
    loop {
        match listener.accept().await {
            Ok(accepted) => return accepted,
            Err(error) if is_of_one_client(&error) => {}
            Err(error) => {
                if !is_told {
                    tracing::error!(%error, "failed to accept a connection; trying again");
                    is_told = true;
                }
                tokio::time::sleep(pause).await;
                pause = (pause * 2).min(Duration::from_secs(1));
            }
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
        let (client, (socket, _)) = tokio::join!(client, accept(&listener));
        prepare(&socket).unwrap();
        let options = SockRef::from(&socket);
        assert_eq!(options.tcp_user_timeout().unwrap(), Some(USER_TIMEOUT));
        assert_eq!(options.tcp_notsent_lowat().unwrap(), NOT_SENT_LOW_WATER_BYTES);
        assert!(socket.nodelay().unwrap());
        drop(client);
    }
}
