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

/// Network errors of the new connection, which Linux reports from `accept`. Its manual says to retry
/// at once. `EOPNOTSUPP`, also in that list, is left out: a socket that cannot accept connections
/// fails with it each time, and retrying at once would never end.
#[cfg(unix)]
const CLIENT_NETWORK_ERRORS: &[i32] = &[
    libc::ENETDOWN,
    libc::EPROTO,
    libc::ENOPROTOOPT,
    libc::EHOSTDOWN,
    #[cfg(any(target_os = "linux", target_os = "android"))]
    libc::ENONET,
    libc::EHOSTUNREACH,
    libc::ENETUNREACH,
];
#[cfg(not(unix))]
const CLIENT_NETWORK_ERRORS: &[i32] = &[];

/// The reason why no connection could be accepted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum AcceptFailure {
    /// Descriptors or memory are scarce: an open connection has to be closed first.
    OutOfResources,
    /// Another failure, for which closing a connection is no remedy.
    Other,
}

/// Accepts connections. After a failure, such as a lack of descriptors, pauses before the next
/// attempt. Logs only the first of several failures in close succession.
#[derive(Debug)]
pub(super) struct Acceptor {
    listener: Listener,
    /// The pause before the next attempt, or `None` after a success.
    pause: Option<Pause>,
    /// The time of the last failure. `None` before the first failure, and after a connection was
    /// accepted more than [`CALM`] after the last one.
    last_failure: Option<Instant>,
}

/// A pause after a failure.
#[derive(Clone, Copy, Debug)]
struct Pause {
    length: Duration,
    /// The end of the pause. A call of [`accept`](Acceptor::accept) that is dropped does not prolong
    /// the pause.
    resume_at: Instant,
}

impl Acceptor {
    pub(super) fn new(listener: Listener) -> Self {
        Self { listener, pause: None, last_failure: None }
    }

    /// Returns the next connection. Waits for the end of a pause first.
    ///
    /// # Errors
    ///
    /// The reason of a failure that concerns more than one client. The next call pauses.
    ///
    /// # Cancel safety
    ///
    /// Cancel safe: no accepted connection is lost, and a pause in progress ends at the same time.
    pub(super) async fn accept(&mut self) -> Result<Accepted, AcceptFailure> {
        if let Some(pause) = self.pause {
            tokio::time::sleep_until(pause.resume_at).await;
        }
        loop {
            match self.listener.accept().await {
                Ok(accepted) => {
                    self.recovered();
                    return Ok(accepted);
                }
                Err(error) if concerns_one_client(&error) => {}
                Err(error) => {
                    self.wait_longer(&error);
                    return Err(AcceptFailure::of(&error));
                }
            }
        }
    }

    /// Lengthens the pause, and logs the first failure.
    fn wait_longer(&mut self, error: &io::Error) {
        let now = Instant::now();
        if self.last_failure.replace(now).is_none() {
            tracing::error!(%error, "failed to accept a connection; trying again");
        }
        let length = self.pause.map_or(FIRST_PAUSE, |pause| LONGEST_PAUSE.min(pause.length * 2));
        self.pause = Some(Pause { length, resume_at: now + length });
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

impl AcceptFailure {
    fn of(error: &io::Error) -> Self {
        if is_one_of(error, OUT_OF_RESOURCES) { Self::OutOfResources } else { Self::Other }
    }
}

/// Returns whether the error concerns one client only, so that accepting continues.
fn concerns_one_client(error: &io::Error) -> bool {
    use io::ErrorKind::{ConnectionAborted, ConnectionRefused, ConnectionReset};
    matches!(error.kind(), ConnectionAborted | ConnectionRefused | ConnectionReset)
        || is_one_of(error, CLIENT_NETWORK_ERRORS)
}

fn is_one_of(error: &io::Error, codes: &[i32]) -> bool {
    error.raw_os_error().is_some_and(|code| codes.contains(&code))
}

#[cfg(test)]
#[cfg(target_os = "linux")]
mod tests {
    use std::net::{Shutdown, TcpListener};

    use socket2::SockRef;

    use super::super::listener::Bind;
    use super::*;

    /// Returns an acceptor whose every attempt fails.
    async fn failing() -> Acceptor {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        SockRef::from(&listener).shutdown(Shutdown::Both).unwrap();
        Acceptor::new(Listener::new(Bind::Given(listener)).await.unwrap())
    }

    #[tokio::test(start_paused = true)]
    async fn a_failure_that_no_closed_connection_mends_closes_none() {
        let mut acceptor = failing().await;
        for _ in 0..10 {
            assert_eq!(acceptor.accept().await.err(), Some(AcceptFailure::Other));
        }
        assert_eq!(acceptor.pause.map(|pause| pause.length), Some(LONGEST_PAUSE));
    }

    #[tokio::test(start_paused = true)]
    async fn a_pause_ends_on_time_if_connections_end_meanwhile() {
        let mut acceptor = failing().await;
        while acceptor.pause.is_none_or(|pause| pause.length < LONGEST_PAUSE) {
            assert!(acceptor.accept().await.is_err());
        }
        let began = Instant::now();
        // The accept loop drops the attempt whenever a connection ends.
        while tokio::time::timeout(LONGEST_PAUSE / 4, acceptor.accept()).await.is_err() {
            assert!(began.elapsed() < LONGEST_PAUSE * 2, "the pause begins again");
        }
    }

    #[test]
    fn a_network_error_of_one_client_does_not_pause_accepting() {
        for code in [
            libc::ECONNABORTED,
            libc::ENETDOWN,
            libc::EPROTO,
            libc::ENOPROTOOPT,
            libc::EHOSTDOWN,
            libc::ENONET,
            libc::EHOSTUNREACH,
            libc::ENETUNREACH,
        ] {
            assert!(concerns_one_client(&io::Error::from_raw_os_error(code)), "{code}");
        }
        // These may concern the listener, so that a retry at once could repeat forever.
        for code in [libc::EOPNOTSUPP, libc::EINVAL, libc::EBADF, libc::EPERM, libc::EMFILE] {
            assert!(!concerns_one_client(&io::Error::from_raw_os_error(code)), "{code}");
        }
    }

    #[test]
    fn without_descriptors_or_memory_a_connection_is_closed() {
        let of = |code| AcceptFailure::of(&io::Error::from_raw_os_error(code));
        for code in [libc::EMFILE, libc::ENFILE, libc::ENOBUFS, libc::ENOMEM] {
            assert_eq!(of(code), AcceptFailure::OutOfResources, "{code}");
        }
        for code in [libc::EINVAL, libc::EBADF, libc::EPERM, libc::EOPNOTSUPP] {
            assert_eq!(of(code), AcceptFailure::Other, "{code}");
        }
    }
}
