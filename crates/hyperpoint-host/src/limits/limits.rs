//! The limits of one endpoint.

use std::any::TypeId;
use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use http::header::RETRY_AFTER;
use http::{HeaderValue, StatusCode, request};
use hyperpoint_core::config::LimitScope;
use hyperpoint_core::{Config, Identity, Peer, Problem};

use super::rate::Rate;
use super::streams::{Permit, Streams};

/// When a client that has as many streams as it may is to look again.
const STREAMS_RETRY: Duration = Duration::from_secs(5);

/// The limits of one endpoint, of all levels.
pub(crate) struct Limits {
    early: Vec<Arc<Rate>>,
    late: Vec<Arc<Rate>>,
    streams: Vec<Arc<Streams>>,
}

/// A request that is over a limit.
#[derive(Debug)]
pub(crate) struct OverLimit {
    /// How long its client has to wait.
    pub(crate) wait: Duration,
    detail: &'static str,
}

impl Limits {
    /// Counts a request before it is known who sends it.
    pub(crate) fn check_early(
        &self,
        request: &request::Parts,
        peer: Option<Peer>,
    ) -> Result<(), OverLimit> {
        let nobody = Identity::anonymous();
        let mut rates = self.early.iter();
        rates.try_for_each(|rate| rate.check(request, &nobody, peer)).map_err(OverLimit::rate)
    }

    /// Counts a request that was let in, and the stream that it may open. Streams are counted for
    /// as long as the permits live.
    pub(crate) fn check(
        &self,
        request: &request::Parts,
        identity: &Identity,
        peer: Option<Peer>,
    ) -> Result<Vec<Permit>, OverLimit> {
        let mut rates = self.late.iter();
        rates.try_for_each(|rate| rate.check(request, identity, peer)).map_err(OverLimit::rate)?;
        let permits = self.streams.iter().map(|streams| streams.open(identity, peer));
        permits.collect::<Option<_>>().ok_or(OverLimit::rate(STREAMS_RETRY))
    }
}

impl OverLimit {
    fn rate(wait: Duration) -> Self {
        Self { wait, detail: "you asked too often; wait a little" }
    }

    /// Too many credentials of the client's network were not accepted.
    pub(super) fn failed_authentication(wait: Duration) -> Self {
        let detail = "too many failed attempts to authenticate from your network; try again later";
        Self { wait, detail }
    }

    /// The refusal of a request that opens no event stream (RFC 6585 §4).
    pub(crate) fn into_problem(self) -> Problem {
        let Self { wait, detail } = self;
        let seconds = wait.as_secs() + u64::from(wait.subsec_nanos() > 0);
        Problem::new(StatusCode::TOO_MANY_REQUESTS)
            .detail(detail)
            .header(RETRY_AFTER, HeaderValue::from(seconds.max(1)))
    }
}

impl fmt::Debug for Limits {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Limits").finish_non_exhaustive()
    }
}

/// Whose limit it is, and the how manieth of its level.
type Place = (LimitScope, Option<TypeId>, usize);

/// What is counted on a host: endpoints of one group share the group's limits.
#[derive(Default)]
pub(crate) struct SharedLimits {
    rates: HashMap<Place, Arc<Rate>>,
    streams: HashMap<Place, Arc<Streams>>,
}

impl SharedLimits {
    /// The limits of an endpoint of this type; none where it has none.
    pub(crate) fn of(
        &mut self,
        config: &Config,
        endpoint: TypeId,
        opens_streams: bool,
    ) -> Option<Arc<Limits>> {
        let mut limits = Limits { early: Vec::new(), late: Vec::new(), streams: Vec::new() };
        for (place, limit) in places(config.rate_limits(), endpoint, |limit| limit.scope()) {
            let rate = match self.rates.get(&place) {
                Some(rate) => Arc::clone(rate),
                // What can't be built is a mistake that was told.
                None => Arc::new(Rate::new(limit)?),
            };
            self.rates.insert(place, Arc::clone(&rate));
            if rate.is_early() { limits.early.push(rate) } else { limits.late.push(rate) }
        }
        let of_streams = if opens_streams { config.stream_limits() } else { &[] };
        for (place, limit) in places(of_streams, endpoint, |limit| limit.scope) {
            let new = || Arc::new(Streams::new(*limit));
            limits.streams.push(Arc::clone(self.streams.entry(place).or_insert_with(new)));
        }
        let is_empty = limits.early.is_empty() && limits.late.is_empty();
        (!is_empty || !limits.streams.is_empty()).then(|| Arc::new(limits))
    }
}

/// Each limit with its place, by which those who share it find it.
fn places<L>(
    limits: &[L],
    endpoint: TypeId,
    scope: impl Fn(&L) -> LimitScope,
) -> impl Iterator<Item = (Place, &L)> {
    limits.iter().enumerate().map(move |(at, limit)| {
        let level = scope(limit);
        let before = limits.iter().take(at).filter(|other| scope(other) == level).count();
        let owner = (level == LimitScope::Endpoint).then_some(endpoint);
        ((level, owner, before), limit)
    })
}
