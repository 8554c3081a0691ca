//! Accepting connections, with pauses after failures.

use std::io;
use std::time::Duration;

use tokio::time::Instant;

use super::listener::Listener;
use super::socket::Accepted;

/// The pause after the first of consecutive failures. The pause doubles with each further failure.
const FIRST_PAUSE: Duration = Duration::from_millis(5);
/// Maximum pause after a failure.
const LONGEST_PAUSE: Duration = Duration::from_millis(500);
/// Minimum time from the last failure to a later success after which a new failure is logged. If
/// descriptors are scarce, each freed one is used immediately and the next attempt fails again,
/// which would flood the log.
const CALM: Duration = Duration::from_secs(10);

/// The errors for a process or system that is out of descriptors, or of memory for sockets.
#[cfg(unix)]
const OUT_OF_RESOURCES: &[i32] = &[libc::EMFILE, libc::ENFILE, libc::ENOBUFS, libc::ENOMEM];
/// `WSAEMFILE` and `WSAENOBUFS`.
#[cfg(not(unix))]
const OUT_OF_RESOURCES: &[i32] = &[10_024, 10_055];

/// Accepts connections. After a failure, such as a lack of descriptors, pauses before the next
/// attempt. Logs only the first of several failures in close succession.
#[derive(Debug)]
pub(super) struct Acceptor {
    listener: Listener,
    /// The pause before the next attempt, or `None` after a success.
    pause: Option<Duration>,
    /// The time of the last failure. `None` before the first failure, and after a connection was
    /// accepted more than [`CALM`] after the last one.
    last_failure: Option<Instant>,
}

impl Acceptor {
    pub(super) fn new(listener: Listener) -> Self {
        Self { listener, pause: None, last_failure: None }
    }

    /// Returns the next connection, or `None` if an open connection has to be closed first, to free
    /// a descriptor and memory.
    ///
    /// # Cancel safety
    ///
    /// Cancel safe: no accepted connection is lost. A pause in progress begins again with the next
    /// call.
    pub(super) async fn accept(&mut self) -> Option<Accepted> {
        loop {
            if let Some(pause) = self.pause {
                tokio::time::sleep(pause).await;
            }
            match self.listener.accept().await {
                Ok(accepted) => {
                    self.recovered();
                    return Some(accepted);
                }
                Err(error) if concerns_one_client(&error) => {}
                Err(error) if is_out_of_resources(&error) => {
                    self.wait_longer(&error);
                    return None;
                }
                Err(error) => self.wait_longer(&error),
            }
        }
    }

    /// Lengthens the pause, and logs the first failure.
    fn wait_longer(&mut self, error: &io::Error) {
        if self.last_failure.replace(Instant::now()).is_none() {
            tracing::error!(%error, "failed to accept a connection; trying again");
        }
        let next = self.pause.map_or(FIRST_PAUSE, |pause| pause * 2);
        self.pause = Some(next.min(LONGEST_PAUSE));
    }

    /// Resets the pause. If the last failure was longer than [`CALM`] ago, forgets it and logs the
    /// recovery.
    fn recovered(&mut self) {
        self.pause = None;
        if self.last_failure.is_some_and(|failure| failure.elapsed() > CALM) {
            self.last_failure = None;
            tracing::info!("accepting connections again");
        }
    }
}

/// Returns whether the error concerns one client only, so that accepting continues.
fn concerns_one_client(error: &io::Error) -> bool {
    use io::ErrorKind::{ConnectionAborted, ConnectionRefused, ConnectionReset};
    matches!(error.kind(), ConnectionAborted | ConnectionRefused | ConnectionReset)
}

/// Returns whether accepting fails until a connection is closed.
fn is_out_of_resources(error: &io::Error) -> bool {
    error.raw_os_error().is_some_and(|code| OUT_OF_RESOURCES.contains(&code))
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use std::net::{Shutdown, TcpListener};

    use socket2::SockRef;

    use super::super::listener::Bind;
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_failure_that_no_closed_connection_mends_closes_none() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        SockRef::from(&listener).shutdown(Shutdown::Both).unwrap();
        let mut acceptor = Acceptor::new(Listener::new(Bind::Given(listener)).await.unwrap());
        let accepted = tokio::time::timeout(Duration::from_mins(1), acceptor.accept()).await;
        assert!(accepted.is_err(), "it pauses and tries again");
        assert_eq!(acceptor.pause, Some(LONGEST_PAUSE));
    }

    #[test]
    fn without_descriptors_or_memory_a_connection_is_closed() {
        for code in [libc::EMFILE, libc::ENFILE, libc::ENOBUFS, libc::ENOMEM] {
            assert!(is_out_of_resources(&io::Error::from_raw_os_error(code)), "{code}");
        }
        for code in [libc::ENETDOWN, libc::EPROTO, libc::EHOSTUNREACH, libc::EPERM] {
            assert!(!is_out_of_resources(&io::Error::from_raw_os_error(code)), "{code}");
        }
    }
}
