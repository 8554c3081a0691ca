//! A limit of a rate, counted by client.

use std::num::NonZeroU32;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use governor::clock::Clock;
use governor::middleware::NoOpMiddleware;
use governor::state::keyed::HashMapStateStore;
use governor::{Quota, RateLimiter};
use http::request;
use hyperpoint_core::config::RateKey;
use hyperpoint_core::{Identity, Peer, RateLimit};
use tokio::time::Instant;

use super::client::{Client, Clients};

/// So many clients are told apart; what more there are share this many places.
const MOST_CLIENTS: usize = 64 * 1024;
const SHARED_PLACES: u64 = 4 * 1024;
/// Clients that asked long ago are forgotten after at least so many requests.
const SWEEP_AFTER: usize = 1024;

type Limiter = RateLimiter<Client, HashMapStateStore<Client>, HostClock, NoOpMiddleware<Duration>>;

/// A limit of a rate, counted by client.
pub(super) struct Rate {
    key: RateKey,
    clients: Clients,
    limiter: Limiter,
    clock: HostClock,
    until_sweep: AtomicUsize,
}

/// The clock of tokio, which tests can pause.
#[derive(Clone, Copy, Debug)]
struct HostClock(Instant);

impl Clock for HostClock {
    type Instant = Duration;

    fn now(&self) -> Duration {
        self.0.elapsed()
    }
}

impl Rate {
    /// None for a limit that start-up refuses.
    pub(super) fn new(limit: &RateLimit) -> Option<Self> {
        let (requests, per) = limit.rate();
        let one = per.checked_div(requests)?.max(Duration::from_nanos(1));
        let burst = NonZeroU32::new(limit.most_at_once())?;
        let quota = Quota::with_period(one)?.allow_burst(burst);
        let clock = HostClock(Instant::now());
        Some(Self {
            key: limit.key().clone(),
            clients: Clients::default(),
            limiter: RateLimiter::new(quota, HashMapStateStore::default(), clock),
            clock,
            until_sweep: AtomicUsize::new(SWEEP_AFTER),
        })
    }

    /// Whether it can be checked before it is known who the user is.
    pub(super) fn is_early(&self) -> bool {
        matches!(self.key, RateKey::Address | RateKey::Header(_))
    }

    /// Counts a request, or says how long its client has to wait.
    pub(super) fn check(
        &self,
        request: &request::Parts,
        identity: &Identity,
        peer: Option<Peer>,
    ) -> Result<(), Duration> {
        let Some(client) = self.clients.by(&self.key, request, identity, peer) else {
            return Ok(());
        };
        self.sweep();
        let is_full = self.limiter.len() >= MOST_CLIENTS;
        let client = if is_full { client % SHARED_PLACES } else { client };
        self.limiter.check_key(&client).map_err(|wait| wait.wait_time_from(self.clock.now()))
    }

    /// Forgets the clients that have all of their rate again: now and then, so that it costs a
    /// request the same however many there are.
    fn sweep(&self) {
        if self.until_sweep.fetch_sub(1, Ordering::Relaxed) != 1 {
            return;
        }
        self.limiter.retain_recent();
        self.limiter.shrink_to_fit();
        self.until_sweep.store(self.limiter.len().max(SWEEP_AFTER), Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use http::Request;

    use super::*;

    fn check(rate: &Rate, key: &str) -> Result<(), Duration> {
        let request = Request::get("/").header("x-key", key);
        let (parts, ()) = request.body(()).unwrap().into_parts();
        rate.check(&parts, &Identity::anonymous(), None)
    }

    #[tokio::test(start_paused = true)]
    async fn clients_that_have_all_of_their_rate_again_are_forgotten() {
        let rate = Rate::new(&RateLimit::per_second(1).by_header("x-key")).unwrap();
        for client in 0..2 * SWEEP_AFTER {
            check(&rate, &client.to_string()).unwrap();
        }
        assert!(rate.limiter.len() >= SWEEP_AFTER);
        tokio::time::advance(Duration::from_secs(2)).await;
        for _ in 0..2 * SWEEP_AFTER {
            let _ = check(&rate, "one");
        }
        assert_eq!(rate.limiter.len(), 1);
    }

    #[tokio::test(start_paused = true)]
    async fn more_clients_than_there_is_room_for_share_what_is_left() {
        let rate = Rate::new(&RateLimit::per_hour(1).by_header("x-key")).unwrap();
        for client in 0..2 * MOST_CLIENTS {
            let _ = check(&rate, &client.to_string());
        }
        let most = MOST_CLIENTS + usize::try_from(SHARED_PLACES).unwrap();
        assert!(rate.limiter.len() <= most, "{}", rate.limiter.len());
    }

    #[tokio::test(start_paused = true)]
    async fn what_was_used_comes_back_evenly() {
        let rate = Rate::new(&RateLimit::per_minute(60).burst(2).by_header("x-key")).unwrap();
        check(&rate, "a").unwrap();
        check(&rate, "a").unwrap();
        assert_eq!(check(&rate, "a"), Err(Duration::from_secs(1)));
        check(&rate, "b").unwrap();
        tokio::time::advance(Duration::from_secs(1)).await;
        check(&rate, "a").unwrap();
        assert!(check(&rate, "a").is_err());
    }
}
