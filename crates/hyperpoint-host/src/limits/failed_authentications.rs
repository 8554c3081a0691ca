//! A limit on failed authentication, counted by the client's network.

use std::mem;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::Duration;

use hyperpoint_core::Peer;

use super::accepted::Accepted;
use super::buckets::Buckets;
use super::client::{Client, Clients};
use super::limits::OverLimit;
use super::neighbourhood::Neighbourhood;
use super::quota::Quota;

/// A limit on failed authentication, counted by the client's network.
///
/// A network that is over it has no more credentials looked up, but for those that were accepted
/// before: guessing has an end, and the users behind the guesser's address stay signed in.
#[derive(Debug)]
pub(crate) struct FailedAuthentications {
    clients: Clients,
    failures: Buckets,
    accepted: Accepted,
    /// The latest time at which a failure still counts, on the clock of the buckets; 0 before the
    /// first. Until then nothing is looked at.
    counts_until: AtomicU64,
}

impl FailedAuthentications {
    /// A limit of so many failures in a minute, and so many at once; `None` if either is 0.
    pub(crate) fn new(per_minute: u32, burst: u32) -> Option<Self> {
        let quota = Quota::new(per_minute, Duration::from_mins(1), burst)?;
        Some(Self {
            clients: Clients::default(),
            failures: Buckets::of_addresses(quota),
            accepted: Accepted::default(),
            counts_until: AtomicU64::new(0),
        })
    }

    /// A request of this peer, whose credentials are about to be looked up.
    pub(crate) fn attempt<'a>(&'a self, peer: Peer) -> Attempt<'a> {
        Attempt { limit: self, peer, state: State::Untried, known: None, refused: Refused::None }
    }

    /// Counts one failure in advance, if the network has some that count.
    fn reserve(&self, client: Client, place: Neighbourhood) -> Option<Result<(), Duration>> {
        let counts_until = self.counts_until.load(Relaxed);
        if counts_until == 0 || counts_until <= self.failures.now() {
            return None;
        }
        self.failures.take_if_used(client, place)
    }

    fn count(&self, client: Client, place: Neighbourhood) {
        // That it is over the limit is seen by the next attempt.
        let _ = self.failures.take(client, place);
        self.counts_until.fetch_max(self.failures.all_back(), Relaxed);
    }
}

/// A request whose credentials are looked up. One that is dropped before the outcome is known has
/// failed: a client that hangs up gets no look-ups for free.
#[derive(Debug)]
pub(crate) struct Attempt<'a> {
    limit: &'a FailedAuthentications,
    peer: Peer,
    state: State,
    /// Credentials of the request that were accepted before.
    known: Option<&'a [u8]>,
    refused: Refused<'a>,
}

/// The credentials of a request that a scheme did not accept, or was not asked for over the limit.
#[derive(Clone, Copy, Debug)]
enum Refused<'a> {
    None,
    One(&'a [u8]),
    /// Several that differ.
    Several,
}

#[derive(Debug)]
enum State {
    /// No credentials were looked up, or the outcome is known.
    Untried,
    Tried,
    /// A failure was counted in advance.
    Reserved,
    /// Too many have failed, and these were not looked up.
    Over(Duration),
}

impl<'a> Attempt<'a> {
    /// Whether these credentials may be looked up.
    pub(crate) fn may_try(&mut self, credentials: &'a [u8]) -> bool {
        // Known to every scheme, also once the first of two that read them has refused them.
        if self.known == Some(credentials) || self.limit.accepted.contains(credentials) {
            self.known = Some(credentials);
            if let State::Untried = self.state {
                self.state = State::Tried;
            }
            return true;
        }
        if let State::Untried | State::Tried = self.state {
            let (client, place) = self.place();
            self.state = match self.limit.reserve(client, place) {
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

    /// A scheme did not accept these credentials.
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

    /// A scheme accepted the request, by these credentials if they were looked up.
    ///
    /// The request has failed all the same if other credentials of it were refused: a user with a
    /// session may guess the keys of others. `is_no_guess` tells which credentials were refused by a
    /// scheme only because they are those of another one.
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

    /// Nobody knows whether the credentials of the last scheme hold, as when a store is away.
    pub(crate) fn unknown(mut self, is_no_guess: impl FnOnce(&[u8]) -> bool) {
        match self.refused {
            Refused::One(refused) if !is_no_guess(refused) => drop(self.settle_failed()),
            Refused::Several => drop(self.settle_failed()),
            Refused::None | Refused::One(_) => self.give_back(),
        }
    }

    /// Nothing has failed.
    fn give_back(&mut self) {
        if let State::Reserved = mem::replace(&mut self.state, State::Untried) {
            let (client, place) = self.place();
            self.limit.failures.give_back(client, place);
        }
    }

    /// No scheme accepted the request. An error if that is so because the network is over the limit.
    /// Nothing has failed if `is_signed` tells that the credentials are signed, and merely expired.
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
                let (client, place) = self.place();
                self.limit.count(client, place);
                Ok(())
            }
            State::Over(wait) => Err(OverLimit::failed_authentication(wait)),
        }
    }

    fn place(&self) -> (Client, Neighbourhood) {
        let peer = Some(self.peer);
        (self.limit.clients.address(peer), Neighbourhood::of(peer))
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

    /// Whether the credentials were looked up; they are not right.
    fn guess(limit: &FailedAuthentications, address: &str) -> bool {
        let mut attempt = limit.attempt(peer(address));
        let is_tried = attempt.may_try(b"guess");
        assert_eq!(attempt.failed(|_| false).is_ok(), is_tried);
        is_tried
    }

    #[tokio::test(start_paused = true)]
    async fn failures_are_counted_by_network_and_forgotten_in_time() {
        let limit = limit();
        let (one, other) = ("192.0.2.1:1", "192.0.2.2:1");
        assert!(guess(&limit, one) && guess(&limit, one) && !guess(&limit, one));
        assert!(guess(&limit, other));
        tokio::time::advance(Duration::from_secs(1)).await;
        assert!(guess(&limit, one) && !guess(&limit, one));
    }

    #[tokio::test(start_paused = true)]
    async fn attempts_at_the_same_time_count_before_their_outcome_is_known() {
        let limit = limit();
        let address = "192.0.2.1:1";
        assert!(guess(&limit, address));
        let mut all: Vec<_> = (0..10).map(|_| limit.attempt(peer(address))).collect();
        let tried = all.iter_mut().filter_map(|attempt| attempt.may_try(b"x").then_some(()));
        assert_eq!(tried.count(), 1);
    }

    #[tokio::test(start_paused = true)]
    async fn what_succeeds_or_is_not_known_costs_nothing() {
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
            if is_tried {
                attempt.refused(refused);
            }
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
    async fn an_attempt_that_is_dropped_has_failed() {
        let limit = limit();
        for _ in 0..2 {
            assert!(limit.attempt(peer("192.0.2.1:1")).may_try(b"x"));
        }
        assert!(!guess(&limit, "192.0.2.1:1"));
    }

    #[tokio::test(start_paused = true)]
    async fn accepted_credentials_are_tried_over_the_limit_until_they_fail() {
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
}
