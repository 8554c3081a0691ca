//! The limit on failed authentication attempts of each client network.

use std::mem;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::Duration;

use hyperpoint_core::Peer;

use super::accepted::Accepted;
use super::buckets::Buckets;
use super::client::{Client, Clients};
use super::client_network::ClientNetwork;
use super::endpoint_limits::OverLimit;
use super::quota::Quota;

/// The limit on failed authentication attempts of each client network.
///
/// Over the limit, only credentials that were accepted before are still looked up: an attacker
/// cannot continue to guess, and users who share the attacker's address stay signed in.
#[derive(Debug)]
pub(crate) struct FailedAuthentications {
    clients: Clients,
    failures: Buckets,
    accepted: Accepted,
    /// The time until which any failure counts, in nanoseconds on the clock of the buckets; 0
    /// before the first failure. After that time no bucket is looked up.
    counts_until: AtomicU64,
}

impl FailedAuthentications {
    /// Creates a limit on failures per minute, with a burst. Returns `None` if either is 0.
    pub(crate) fn new(per_minute: u32, burst: u32) -> Option<Self> {
        let quota = Quota::new(per_minute, Duration::from_mins(1), burst)?;
        Some(Self {
            clients: Clients::default(),
            failures: Buckets::of_addresses(quota),
            accepted: Accepted::default(),
            counts_until: AtomicU64::new(0),
        })
    }

    /// Begins the authentication of one request from this peer.
    pub(crate) fn attempt(&self, peer: Peer) -> Attempt<'_> {
        Attempt { limit: self, peer, state: State::Untried, known: None, refused: Refused::None }
    }

    /// Counts one failure in advance, or returns the time to wait as an error if the network is
    /// over the limit. Returns `None` if the network has no recent failures.
    fn reserve(&self, client: Client, network: ClientNetwork) -> Option<Result<(), Duration>> {
        let counts_until = self.counts_until.load(Relaxed);
        if counts_until == 0 || counts_until <= self.failures.now() {
            return None;
        }
        self.failures.take_if_used(client, network)
    }

    fn count(&self, client: Client, network: ClientNetwork) {
        // An exceeded limit refuses the next attempt, not this one.
        self.failures.count(client, network);
        self.counts_until.fetch_max(self.failures.all_full_at(), Relaxed);
    }
}

/// The authentication of one request. If it is dropped after credentials were looked up and before
/// its outcome is known, it counts as failed, so that a client cannot avoid the limit by
/// disconnecting early.
#[derive(Debug)]
pub(crate) struct Attempt<'a> {
    limit: &'a FailedAuthentications,
    peer: Peer,
    state: State,
    /// Credentials of this request that were accepted in an earlier request, if any.
    known: Option<&'a [u8]>,
    refused: Refused<'a>,
}

/// The credentials of a request that a scheme rejected, or that were not looked up over the limit.
#[derive(Clone, Copy, Debug)]
enum Refused<'a> {
    None,
    One(&'a [u8]),
    /// Several different credentials.
    Several,
}

/// The progress of an attempt.
#[derive(Debug)]
enum State {
    /// No credentials were looked up yet, or the outcome is already counted.
    Untried,
    /// Credentials were looked up; no failure is counted yet.
    Tried,
    /// Credentials were looked up, and a failure was counted in advance.
    Reserved,
    /// The network is over the limit, so that credentials were not looked up. Holds the time to
    /// wait.
    Over(Duration),
}

impl<'a> Attempt<'a> {
    /// Returns whether these credentials may be looked up.
    pub(crate) fn may_try(&mut self, credentials: &'a [u8]) -> bool {
        // Accepted credentials may be tried with every scheme, even after another scheme rejected
        // them.
        if self.known == Some(credentials) || self.limit.accepted.contains(credentials) {
            self.known = Some(credentials);
            if let State::Untried = self.state {
                self.state = State::Tried;
            }
            return true;
        }
        if let State::Untried | State::Tried = self.state {
            let (client, network) = self.client();
            self.state = match self.limit.reserve(client, network) {
                None => State::Tried,
                Some(Ok(())) => State::Reserved,
                Some(Err(wait)) => State::Over(wait),
            };
        }
        let is_over = matches!(self.state, State::Over(_));
        if is_over {
            self.note(credentials);
        }
        !is_over
    }

    /// Records that a scheme rejected these credentials.
    pub(crate) fn refused(&mut self, credentials: &'a [u8]) {
        self.limit.accepted.remove(credentials);
        self.note(credentials);
    }

    fn note(&mut self, credentials: &'a [u8]) {
        self.refused = match self.refused {
            Refused::None => Refused::One(credentials),
            Refused::One(known) if known == credentials => Refused::One(known),
            Refused::One(_) | Refused::Several => Refused::Several,
        };
    }

    /// Records that a scheme accepted the request, by these credentials if any were looked up.
    ///
    /// The request still counts as failed if other credentials in it were rejected: otherwise a
    /// user with a session could guess the keys of others. `is_no_guess` returns whether a scheme
    /// rejected credentials only because they belong to another scheme.
    pub(crate) fn accepted(
        self,
        credentials: Option<&[u8]>,
        is_no_guess: impl FnOnce(&[u8]) -> bool,
    ) {
        if let Some(credentials) = credentials {
            self.limit.accepted.insert(credentials);
        }
        self.unknown(is_no_guess);
    }

    /// Records that the credentials of the last scheme could not be checked, such as when a store
    /// is unreachable.
    pub(crate) fn unknown(mut self, is_no_guess: impl FnOnce(&[u8]) -> bool) {
        match self.refused {
            Refused::One(refused) if !is_no_guess(refused) => drop(self.settle_failed()),
            Refused::Several => drop(self.settle_failed()),
            Refused::None | Refused::One(_) => self.give_back(),
        }
    }

    /// Reverts a failure that was counted in advance.
    fn give_back(&mut self) {
        if let State::Reserved = mem::replace(&mut self.state, State::Untried) {
            let (client, network) = self.client();
            self.limit.failures.give_back(client, network);
        }
    }

    /// Records that no scheme accepted the request. A request whose only rejected credentials are
    /// signed, for which `is_signed` returns true, does not count as failed: such credentials have
    /// usually expired, and cannot be guessed.
    ///
    /// # Errors
    ///
    /// Returns an error if credentials were not looked up because the network is over the limit.
    pub(crate) fn failed(mut self, is_signed: impl FnOnce(&[u8]) -> bool) -> Result<(), OverLimit> {
        match self.refused {
            Refused::One(refused) if is_signed(refused) => {
                self.give_back();
                Ok(())
            }
            _ => self.settle_failed(),
        }
    }

    fn settle_failed(&mut self) -> Result<(), OverLimit> {
        match mem::replace(&mut self.state, State::Untried) {
            State::Untried | State::Reserved => Ok(()),
            State::Tried => {
                let (client, network) = self.client();
                self.limit.count(client, network);
                Ok(())
            }
            State::Over(wait) => Err(OverLimit::failed_authentication(wait)),
        }
    }

    fn client(&self) -> (Client, ClientNetwork) {
        let peer = Some(self.peer);
        (self.limit.clients.address(peer), ClientNetwork::of(peer))
    }
}

impl Drop for Attempt<'_> {
    fn drop(&mut self) {
        let _ = self.settle_failed();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn limit() -> FailedAuthentications {
        FailedAuthentications::new(60, 2).unwrap()
    }

    fn peer(address: &str) -> Peer {
        Peer::new(address.parse().unwrap())
    }

    /// Tries wrong credentials, and returns whether they were looked up.
    fn guess(limit: &FailedAuthentications, address: &str) -> bool {
        let mut attempt = limit.attempt(peer(address));
        let is_tried = attempt.may_try(b"guess");
        assert_eq!(attempt.failed(|_| false).is_ok(), is_tried);
        is_tried
    }

    #[tokio::test(start_paused = true)]
    async fn failures_are_counted_by_network_and_expire() {
        let limit = limit();
        let (one, other) = ("192.0.2.1:1", "192.0.2.2:1");
        assert!(guess(&limit, one) && guess(&limit, one) && !guess(&limit, one));
        assert!(guess(&limit, other));
        tokio::time::advance(Duration::from_secs(1)).await;
        assert!(guess(&limit, one) && !guess(&limit, one));
    }

    #[tokio::test(start_paused = true)]
    async fn concurrent_attempts_count_before_their_outcome_is_known() {
        let limit = limit();
        let address = "192.0.2.1:1";
        assert!(guess(&limit, address));
        let mut all: Vec<_> = (0..10).map(|_| limit.attempt(peer(address))).collect();
        let tried = all.iter_mut().filter_map(|attempt| attempt.may_try(b"x").then_some(()));
        assert_eq!(tried.count(), 1);
    }

    #[tokio::test(start_paused = true)]
    async fn successful_and_unchecked_attempts_are_not_counted() {
        let limit = limit();
        let address = "192.0.2.1:1";
        assert!(guess(&limit, address));
        for index in 0..10_u8 {
            let (one, other) = ([index], [index, index]);
            let mut attempt = limit.attempt(peer(address));
            assert!(attempt.may_try(&one));
            attempt.unknown(|_| false);
            let mut attempt = limit.attempt(peer(address));
            assert!(attempt.may_try(&other));
            attempt.accepted(None, |_| false);
        }
        assert!(guess(&limit, address) && !guess(&limit, address));
    }

    #[tokio::test(start_paused = true)]
    async fn credentials_that_are_refused_count_unless_the_same_are_accepted() {
        let limit = limit();
        let address = "192.0.2.1:1";
        let ask = |refused: &'static [u8], by: &'static [u8]| {
            let mut attempt = limit.attempt(peer(address));
            let is_tried = attempt.may_try(refused);
            is_tried.then(|| attempt.refused(refused));
            attempt.accepted(None, |refused| refused == by);
            is_tried
        };
        for _ in 0..10 {
            assert!(ask(b"token", b"token"), "one scheme refuses the token of another");
        }
        assert!(ask(b"guess", b"session") && ask(b"guess", b"session"));
        assert!(!ask(b"guess", b"session"));
    }

    #[tokio::test(start_paused = true)]
    async fn a_dropped_attempt_counts_as_failed() {
        let limit = limit();
        for _ in 0..2 {
            assert!(limit.attempt(peer("192.0.2.1:1")).may_try(b"x"));
        }
        assert!(!guess(&limit, "192.0.2.1:1"));
    }

    #[tokio::test(start_paused = true)]
    async fn accepted_credentials_are_looked_up_over_the_limit_until_they_fail() {
        let limit = limit();
        let address = "192.0.2.1:1";
        let mut attempt = limit.attempt(peer("192.0.2.9:1"));
        assert!(attempt.may_try(b"ann"));
        attempt.accepted(Some(b"ann"), |_| false);
        while guess(&limit, address) {}
        let mut attempt = limit.attempt(peer(address));
        assert!(attempt.may_try(b"ann"));
        attempt.refused(b"ann");
        assert!(attempt.failed(|_| false).is_ok());
        assert!(!limit.attempt(peer(address)).may_try(b"ann"));
    }

    #[tokio::test(start_paused = true)]
    async fn failures_at_the_same_time_are_owed_but_not_for_ever() {
        let limit = limit();
        let address = "192.0.2.1:1";
        let wave = |count| {
            let mut all: Vec<_> = (0..count).map(|_| limit.attempt(peer(address))).collect();
            assert!(all.iter_mut().all(|attempt| attempt.may_try(b"x")));
        };
        wave(100);
        tokio::time::advance(Duration::from_secs(98)).await;
        assert!(!guess(&limit, address));
        tokio::time::advance(Duration::from_secs(2)).await;
        wave(100_000);
        tokio::time::advance(Duration::from_hours(1)).await;
        assert!(!guess(&limit, address));
        tokio::time::advance(Duration::from_secs(2)).await;
        assert!(guess(&limit, address));
    }
}
