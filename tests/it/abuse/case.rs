//! One thing that a client does, and what it saw of the host then.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use futures_util::future::BoxFuture;

use super::site::{CLOCK, Counts, Site};
/// More than any case takes, also on a busy machine.
const PATIENCE: Duration = Duration::from_secs(20);

/// What a client saw, in words.
pub(super) type Seen = BoxFuture<'static, String>;

/// One thing that a client does.
#[derive(Clone, Copy)]
pub(super) struct Case {
    /// What it does.
    pub(super) client: &'static str,
    /// The clock that ends it, if it is one.
    pub(super) clock: Option<&'static str>,
    pub(super) run: fn(SocketAddr, Arc<Counts>) -> Seen,
}

impl Case {
    /// A case that ends at once, whatever the clocks are.
    pub(super) const fn at_once(
        client: &'static str,
        run: fn(SocketAddr, Arc<Counts>) -> Seen,
    ) -> Self {
        Self { client, clock: None, run }
    }

    /// A case that is ended by this clock.
    pub(super) const fn by(
        clock: &'static str,
        client: &'static str,
        run: fn(SocketAddr, Arc<Counts>) -> Seen,
    ) -> Self {
        Self { client, clock: Some(clock), run }
    }

    /// The row of the table: what the client did, what the host did, and when.
    pub(super) async fn row(&self, hasty: &Site, patient: &Site) -> String {
        let site = if self.clock.is_some() { hasty } else { patient };
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
