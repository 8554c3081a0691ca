//! One hostile behaviour of a client, and what the client observed.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use futures_util::future::BoxFuture;

use super::site::{CLOCK, Counts, Site};
/// Longer than any case takes, also on a busy machine.
const PATIENCE: Duration = Duration::from_secs(20);

/// What a client observed, in words.
pub(super) type Seen = BoxFuture<'static, String>;

/// One hostile behaviour of a client.
#[derive(Clone, Copy)]
pub(super) struct Case {
    /// A description of what the client does.
    pub(super) client: &'static str,
    /// The timeout that ends the behaviour, if one does.
    pub(super) clock: Option<&'static str>,
    pub(super) run: fn(SocketAddr, Arc<Counts>) -> Seen,
}

impl Case {
    /// Creates a case that ends at once, whatever the timeouts are.
    pub(super) const fn at_once(
        client: &'static str,
        run: fn(SocketAddr, Arc<Counts>) -> Seen,
    ) -> Self {
        Self { client, clock: None, run }
    }

    /// Creates a case that this timeout ends.
    pub(super) const fn by(
        clock: &'static str,
        client: &'static str,
        run: fn(SocketAddr, Arc<Counts>) -> Seen,
    ) -> Self {
        Self { client, clock: Some(clock), run }
    }

    /// Runs the case and returns its row of the table: what the client did, what the host did, and
    /// when.
    pub(super) async fn row(
        &self,
        with_short_timeouts: &Site,
        with_long_timeouts: &Site,
    ) -> String {
        let site = if self.clock.is_some() { with_short_timeouts } else { with_long_timeouts };
        let start = Instant::now();
        let seen = (self.run)(site.host.address(), Arc::clone(&site.counts));
        let seen = tokio::time::timeout(PATIENCE, seen).await;
        let seen = seen.unwrap_or_else(|_| "is not ended".to_owned());
        let took = start.elapsed();
        let when = match self.clock {
            None => "at once".to_owned(),
            Some(clock) => {
                assert!(took >= CLOCK * 9 / 10, "{}: {took:?}", self.client);
                format!("`{clock}`")
            }
        };
        format!("| {} | {seen} | {when} |", self.client)
    }
}
