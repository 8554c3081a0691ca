//! Accepting, and what to do where it fails.

use std::io;
use std::time::Duration;

use tokio::time::Instant;

use super::listener::Listener;
use super::socket::Accepted;

const FIRST_PAUSE: Duration = Duration::from_millis(5);
const LONGEST_PAUSE: Duration = Duration::from_millis(500);
/// How long accepting has to go well before a failure is news again. Where descriptors are scarce,
/// each that comes free is taken at once, and the next try fails.
const CALM: Duration = Duration::from_secs(10);

/// Accepts connections. Out of descriptors it waits until there are some again, and says so once.
#[derive(Debug)]
pub(super) struct Acceptor {
    listener: Listener,
    /// How long to wait before the next try; none while accepting goes well.
    pause: Option<Duration>,
    /// When it last failed, until that is long ago.
    last_failure: Option<Instant>,
}

impl Acceptor {
    pub(super) fn new(listener: Listener) -> Self {
        Self { listener, pause: None, last_failure: None }
    }

    /// The next connection; none where there is no descriptor for it, and room has to be made.
    ///
    /// # Cancel safety
    ///
    /// Safe: a connection is given out or still waits, and the pause grows over all calls.
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
                Err(error) if is_of_one_client(&error) => {}
                Err(error) => {
                    self.wait_longer(&error);
                    return None;
                }
            }
        }
    }

    fn wait_longer(&mut self, error: &io::Error) {
        if self.last_failure.replace(Instant::now()).is_none() {
            tracing::error!(%error, "failed to accept a connection; trying again");
        }
        let next = self.pause.map_or(FIRST_PAUSE, |pause| pause * 2);
        self.pause = Some(next.min(LONGEST_PAUSE));
    }

    fn recovered(&mut self) {
        self.pause = None;
        if self.last_failure.is_some_and(|failure| failure.elapsed() > CALM) {
            self.last_failure = None;
            tracing::info!("accepting connections again");
        }
    }
}

fn is_of_one_client(error: &io::Error) -> bool {
    use io::ErrorKind::{ConnectionAborted, ConnectionRefused, ConnectionReset};
    matches!(error.kind(), ConnectionAborted | ConnectionRefused | ConnectionReset)
}
