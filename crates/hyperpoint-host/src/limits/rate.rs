//! A rate limit with its token buckets.

use std::time::Duration;

use http::request;
use hyperpoint_core::config::RateKey;
use hyperpoint_core::{Identity, Peer, RateLimit};

use super::buckets::Buckets;
use super::client::Clients;
use super::client_network::ClientNetwork;
use super::quota::Quota;

/// A rate limit with the token buckets of its clients.
pub(super) struct Rate {
    key: RateKey,
    clients: Clients,
    buckets: Buckets,
}

impl Rate {
    /// Creates the token buckets of a limit. Returns `None` if the limit is invalid; start-up
    /// reports that as a configuration error.
    pub(super) fn new(limit: &RateLimit) -> Option<Self> {
        let (requests, per) = limit.rate();
        let quota = Quota::new(requests, per, limit.most_at_once())?;
        let key = limit.key().clone();
        let buckets = match key {
            RateKey::Address => Buckets::of_addresses(quota),
            _ => Buckets::of_keys(quota),
        };
        Some(Self { key, clients: Clients::default(), buckets })
    }

    /// Returns whether the limit is checked before authentication.
    pub(super) fn is_early(&self) -> bool {
        matches!(self.key, RateKey::Address | RateKey::Header(_))
    }

    /// Counts a request.
    ///
    /// # Errors
    ///
    /// Returns how long the client has to wait if the client is over the limit.
    pub(super) fn check(
        &self,
        request: &request::Parts,
        identity: &Identity,
        peer: Option<Peer>,
    ) -> Result<(), Duration> {
        match self.clients.by(&self.key, request, identity, peer) {
            Some(client) => self.buckets.take(client, ClientNetwork::of(peer)),
            None => Ok(()),
        }
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
    async fn used_requests_become_available_again_evenly() {
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
